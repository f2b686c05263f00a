// Tells the page around this frame that the bank has answered; what it answered, that page asks Stripe.
"use strict";
const { origin, paymentIntent } = document.body.dataset;
if (origin && window.parent !== window) {
  window.parent.postMessage({ sandboxStripe: "challenge-answered", paymentIntent }, origin);
}
