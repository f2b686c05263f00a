// What Stripe tells the browser, as the page takes it; and what Stripe's form looks like.
const PayStripe = (() => {
  "use strict";

  /** @typedef {import("@stripe/stripe-js").StripeError} StripeError */
  /** @typedef {import("@stripe/stripe-js").Appearance} Appearance */

  /** Whether the intent can take no card any more because the money is on its way. @param {StripeError} error */
  function isOver(error) {
    return ["succeeded", "processing", "requires_capture"].includes(error.payment_intent?.status || "");
  }

  /**
   * Card and form errors come from Stripe in the customer's language; the others are written for developers.
   * @param {StripeError} error
   * @param {(key: string) => string} text
   */
  function wordsOf(error, text) {
    if (error.code === "payment_intent_authentication_failure") return text("not_authenticated");
    if (error.type === "validation_error") return error.message || text("incomplete");
    if (error.type === "card_error") return error.message || text("declined");
    return text("unconfirmed");
  }

  /** @param {boolean} dark @returns {Appearance} */
  function appearance(dark) {
    return {
      theme: dark ? "night" : "stripe",
      variables: {
        colorPrimary: dark ? "#8fb4ff" : "#1f5bd8",
        colorBackground: dark ? "#1d2027" : "#ffffff",
        fontSizeBase: "16px",
        borderRadius: "10px",
      },
    };
  }

  return { appearance, isOver, wordsOf };
})();
