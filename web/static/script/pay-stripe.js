// What Stripe tells the browser, as the page takes it; and what Stripe's form looks like.
const PayStripe = (() => {
  "use strict";

  /** @typedef {import("@stripe/stripe-js").StripeError} StripeError */
  /** @typedef {import("@stripe/stripe-js").Appearance} Appearance */

  const AUTHENTICATION = "payment_intent_authentication_failure";

  /** Whether it can take no card any more because the money is on its way. @param {{status: string}} [intent] */
  function isOver(intent) {
    return ["succeeded", "processing", "requires_capture"].includes(intent?.status || "");
  }

  /** Whether the customer is asked for something by their bank, and not by a voucher that they take with them.
   * @param {import("@stripe/stripe-js").PaymentIntent} intent */
  function isAtBank({ status, next_action: action }) {
    return status === "requires_action" && !/display|microdeposits/.test(action?.type || "");
  }

  /**
   * A decline in the server's words, which the page has for every code. What is missing in the form Stripe's own frame
   * says next to it; other errors are written for developers.
   * @param {StripeError} error
   * @param {(key: string) => string} text
   */
  function wordsOf(error, text) {
    if (error.type === "validation_error") return text("incomplete");
    if (error.type === "card_error" || error.code === AUTHENTICATION) {
      return declined(error.decline_code) || declined(error.code) || declined("");
    }
    return text("unconfirmed");
  }

  /** The words for a decline code; empty where it has none of its own. @param {string | undefined} code */
  function declined(code) {
    const match = code ? `~="${CSS.escape(code)}"` : '=""';
    return code === undefined ? "" : written(`[data-declines${match}]`);
  }

  /** The server's words for the script, which come with the page. @param {string} which as a selector */
  function written(which) {
    const texts = /** @type {HTMLTemplateElement | null} */ (document.getElementById("texts"));
    return texts?.content.querySelector(which)?.textContent || "";
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

  return { appearance, declined, isAtBank, isOver, wordsOf, written, AUTHENTICATION };
})();
