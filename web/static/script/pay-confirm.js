// A try to pay: from the pay button, or a wallet's, to Stripe's answer, however late or lost.
const payConfirm = (() => {
  "use strict";

  const { declined, isAtBank, isOver, wordsOf, AUTHENTICATION } = PayStripe;

  /** @typedef {ReturnType<typeof payElements>} Form */
  /** @typedef {import("@stripe/stripe-js").StripeExpressCheckoutElementConfirmEvent} WalletConfirmed */
  /** @typedef {import("@stripe/stripe-js").StripeError} StripeError */
  /** @typedef {import("@stripe/stripe-js").PaymentIntent} PaymentIntent */

  /**
   * @typedef {object} Around
   * @property {() => Form | undefined} drawn what Stripe draws now
   * @property {() => HTMLElement | null} place
   * @property {(why: string) => Promise<void>} open a new form
   * @property {() => void} showButton
   */

  /**
   * @param {{say: (key: string) => void, warn: (words: string, calls?: boolean) => void, text: (key: string) => string,
   *   lookNow: () => void, sent: () => void}} page
   * @param {Around} around
   */
  function payConfirm(page, around) {
    let confirming = false;
    let attempt = 0;
    /** Whether the alert is about what was typed. */
    let incomplete = false;

    /** @param {Form} form @param {WalletConfirmed} [wallet] where one was chosen */
    async function begin(form, wallet) {
      if (confirming) return;
      const mine = (attempt += 1);
      /** Whether no other try has begun since. */
      const isLast = () => mine === attempt;
      page.warn("");
      lock();
      const answered = form.watch((intent) => isLast() && form === around.drawn() && silent(intent, wallet));
      try {
        await send(form, isLast, wallet);
      } catch {
        if (isLast()) await failed({ type: "api_connection_error" }, wallet);
      }
      answered();
      if (!isLast()) return;
      confirming = false;
      around.showButton();
      page.lookNow();
    }

    /** @param {Form} form @param {() => boolean} isLast @param {WalletConfirmed} [wallet] */
    async function send(form, isLast, wallet) {
      // A wallet has all it needs: the card form beside it may be empty.
      const { error } = wallet ? { error: undefined } : await form.check();
      if (!isLast() || form !== around.drawn()) return;
      lock(); // it may have rested meanwhile
      const result = error ? { error } : await form.confirm();
      if (!result.error && (isLast() || isOver(result.paymentIntent))) finished(result.paymentIntent);
      else if (result.error && isLast()) await failed(result.error, wallet);
    }

    function lock() {
      confirming = true;
      around.showButton();
      page.say("confirming");
    }

    /** Stripe's script has not answered for long. @param {PaymentIntent} [intent] as it stands, where that is known
     * @param {WalletConfirmed} [wallet] */
    function silent(intent, wallet) {
      if (!confirming || !around.place()) return;
      // A code to be scanned stands before the page until it is paid.
      if (!intent || isAtBank(intent) || /qr_code/.test(intent.next_action?.type || "")) {
        page.say("silent");
        return;
      }
      rest();
      if (isOver(intent)) {
        page.sent();
      } else {
        // It takes a card still: what was sent has not come, or was refused. On one intent nothing is charged twice.
        wallet?.paymentFailed({ reason: "fail" });
        page.say("no_answer");
        page.lookNow();
      }
    }

    function rest() {
      if (!confirming) return;
      confirming = false;
      page.say("");
      around.showButton();
    }

    /** @param {PaymentIntent} intent as Stripe tells the browser */
    function finished(intent) {
      // Else what has come of it stands there already.
      if (!around.place()) return;
      page.say("");
      if (isOver(intent)) {
        page.sent();
      } else if (intent.status !== "requires_action" || isAtBank(intent)) {
        page.warn(declined(isAtBank(intent) ? AUTHENTICATION : ""), true);
        if (intent.status === "canceled") void around.open("fresh");
      } // Else a voucher: the server writes where it is, and how long it lives.
    }

    /** @param {StripeError} error @param {WalletConfirmed} [wallet] */
    async function failed(error, wallet) {
      incomplete = error.type === "validation_error";
      // Anything else may have happened behind an answer that did not come.
      const isAnswer = incomplete || error.type === "card_error";
      const intent = error.payment_intent || (isAnswer ? undefined : await around.drawn()?.now());
      if (!isOver(intent)) wallet?.paymentFailed({ reason: "fail" });
      if (!around.place()) return;
      page.say("");
      if (isOver(intent)) {
        page.sent();
      } else if (intent?.status === "canceled" || error.code === "payment_intent_unexpected_state") {
        void around.open("fresh");
      } else {
        // The browser's own word on the line is asked only where a request has failed: it may call a VPN "offline".
        const isOffline = error.type === "api_connection_error" && !navigator.onLine;
        // What is missing has the focus already, in Stripe's frame.
        page.warn(isOffline ? page.text("offline") : wordsOf(error, page.text), !incomplete);
      }
    }

    return {
      begin,
      rest,
      isBusy: () => confirming,
      /** Nothing is missing in the card form any more. */
      completed() {
        if (incomplete) page.warn("");
        incomplete = false;
      },
      forget() {
        incomplete = false;
      },
    };
  }

  return payConfirm;
})();
