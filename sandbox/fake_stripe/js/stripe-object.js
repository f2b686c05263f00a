// The third part of Stripe.js: what the object that Stripe() returns can do.
// The bank's question over the page; resolves when it has been answered, whatever the answer.
function showChallenge(url) {
  const overlay = document.createElement("div");
  const frame = document.createElement("iframe");
  overlay.setAttribute("role", "dialog");
  overlay.setAttribute("aria-modal", "true");
  overlay.setAttribute("aria-label", "3D Secure");
  Object.assign(overlay.style, {
    position: "fixed", inset: "0", zIndex: "2147483647", background: "rgba(10, 20, 30, .6)", display: "grid",
    placeItems: "center", padding: "12px",
  });
  Object.assign(frame.style, { width: "min(440px, 100%)", height: "min(520px, 100%)", border: "0", borderRadius: "12px" });
  frame.title = "3D Secure challenge frame";
  frame.src = `${url}&origin=${encodeURIComponent(window.location.origin)}`;
  overlay.append(frame);
  document.body.append(overlay);
  return new Promise((resolve) => {
    const listen = (message) => {
      if (message.origin !== ORIGIN || message.source !== frame.contentWindow) return;
      if (message.data?.sandboxStripe !== "challenge-answered") return;
      window.removeEventListener("message", listen);
      overlay.remove();
      resolve();
    };
    window.addEventListener("message", listen);
  });
}

async function act(key, clientSecret, intent, element) {
  const action = intent.next_action;
  if (action?.type === "redirect_to_url") {
    window.location.assign(action.redirect_to_url.url);
    return never();
  }
  if (action?.type === "use_stripe_sdk") {
    await showChallenge(action.use_stripe_sdk.stripe_js);
    return afterChallenge(await retrieve(key, clientSecret), element);
  }
  return { paymentIntent: intent };
}

async function afterChallenge(result, element) {
  const failure = result.paymentIntent?.last_payment_error;
  if (!failure || result.paymentIntent.status !== "requires_payment_method") return result;
  const error = { ...failure, payment_intent: result.paymentIntent };
  if (error.code === "payment_intent_authentication_failure") {
    error.message = element ? (await element.ask("challengeFailed")).message
      : "We are unable to authenticate your payment method. Please choose a different payment method and try again.";
    return { error };
  }
  return { error: element ? await element.ask("localise", { error }) : error };
}

function leave(returnUrl, intent) {
  const url = new URL(returnUrl);
  url.searchParams.set("payment_intent", intent.id);
  url.searchParams.set("payment_intent_client_secret", intent.client_secret);
  url.searchParams.set("redirect_status", "succeeded");
  window.location.assign(url.href);
  return never();
}

function checkReturnUrl(params, redirect) {
  if (!params.return_url && redirect === "always") {
    throw new IntegrationError("stripe.confirmPayment(): expected confirmParams.return_url, which is required unless"
      + " redirect is `if_required`.");
  }
  if (params.return_url && !URL.canParse(params.return_url)) {
    throw new IntegrationError("Invalid value for stripe.confirmPayment(): return_url must be a full URL, starting with"
      + ` http:// or https://. You specified: ${params.return_url}.`);
  }
}

class StripeStandIn {
  #key;

  constructor(key) { this.#key = key; }

  elements(options = {}) { return new Elements(this.#key, options); }
  registerAppInfo() {}

  async confirmPayment(options) {
    const { elements, clientSecret, confirmParams = {}, redirect = "always" } = options ?? {};
    if (!(elements instanceof Elements)) {
      throw new IntegrationError("stripe.confirmPayment(): expected elements, the Elements instance with the card form.");
    }
    checkReturnUrl(confirmParams, redirect);
    if (clientSecret !== undefined && clientSecret !== elements.clientSecret) {
      throw new IntegrationError("stripe.confirmPayment(): clientSecret differs from the one given to elements().");
    }
    const element = elements.confirming();
    const { error, paymentIntent } = await element.ask("confirm", { params: JSON.parse(JSON.stringify(confirmParams)) });
    if (error) return { error };
    const result = await act(this.#key, elements.clientSecret, paymentIntent, element);
    if (result.error || redirect === "if_required") return result;
    return leave(confirmParams.return_url, result.paymentIntent);
  }

  async retrievePaymentIntent(clientSecret) {
    if (!isSecret(clientSecret)) {
      throw new IntegrationError("stripe.retrievePaymentIntent(): expected the client_secret of a PaymentIntent.");
    }
    return retrieve(this.#key, clientSecret);
  }

  async handleNextAction({ clientSecret } = {}) {
    const result = await this.retrievePaymentIntent(clientSecret);
    return result.error ? result : act(this.#key, clientSecret, result.paymentIntent, null);
  }
}

window.Stripe = function Stripe(key) {
  if (typeof key !== "string" || key === "") {
    throw new IntegrationError("Missing value for Stripe(): apiKey should be a string.");
  }
  if (/^[sr]k_/.test(key)) {
    throw new IntegrationError("You should not use your secret key with Stripe.js. Please pass a publishable key instead.");
  }
  if (!key.startsWith("pk_test_")) {
    throw new IntegrationError("The sandbox takes test keys only: pk_test_…");
  }
  return new StripeStandIn(key);
};
