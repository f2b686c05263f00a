// What Stripe draws on the page, on one PaymentIntent: the wallets' buttons where the browser has any, and the card form.
const payElements = (() => {
  "use strict";

  /** How long the card form waits for the wallets' buttons, in milliseconds: they appear together, and nothing moves. */
  const PATIENCE = 1500;
  /** And how long Stripe's word on an intent is waited for. */
  const ANSWER_LIMIT = 6000;
  /** How often an intent is looked at while Stripe's script says nothing of its confirmation. */
  const SILENCE = 20000;
  /** What the Payment Element offers too would be there twice. */
  const ELSEWHERE = /** @type {const} */ ({ amazonPay: "never", klarna: "never", link: "never", paypal: "never" });

  /** @typedef {import("@stripe/stripe-js").StripeElements} StripeElements */
  /** @typedef {import("@stripe/stripe-js").StripeExpressCheckoutElementConfirmEvent} WalletConfirmed */

  /**
   * @typedef {object} Heard
   * @property {() => void} ready
   * @property {(error: import("@stripe/stripe-js").StripeError) => void} notLoaded
   * @property {() => void} complete nothing is missing in the card form
   * @property {(event: WalletConfirmed) => void} confirmed the customer has said yes in a wallet
   */

  /**
   * @param {import("@stripe/stripe-js").Stripe} stripe
   * @param {Awaited<ReturnType<typeof PayRequests.openIntent>>} opened
   * @param {boolean} dark
   * @param {Heard} heard nothing more once it is closed
   */
  function payElements(stripe, opened, dark, heard) {
    const { appearance } = PayStripe;
    let isOpen = true;
    const elements = stripe.elements({
      clientSecret: opened.client_secret,
      locale: opened.language,
      appearance: appearance(dark),
    });
    const card = elements.create("payment", {
      layout: "tabs",
      // Recognised by Link without typing it again.
      defaultValues: { billingDetails: { email: opened.email } },
      wallets: { applePay: "never", googlePay: "never" },
    });
    const wallets = walletsOf(elements, (event) => isOpen && heard.confirmed(event));
    card.on("ready", async () => {
      await wallets.known;
      if (isOpen) heard.ready();
    });
    card.on("loaderror", (event) => isOpen && heard.notLoaded(event.error));
    card.on("change", (event) => isOpen && event.complete && heard.complete());
    card.mount("#payment-element");
    return {
      check: () => elements.submit(),
      confirm() {
        const confirmParams = { return_url: opened.return_url };
        return stripe.confirmPayment({ elements, confirmParams, redirect: "if_required" });
      },
      /** Returns what ends it. @param {(intent: import("@stripe/stripe-js").PaymentIntent | undefined) => void} silent
       * hears how it stands as long as there is no answer */
      watch(silent) {
        let isOpen = true;
        const asking = setInterval(async () => {
          const intent = await this.now();
          if (isOpen) silent(intent);
          if (PayStripe.isOver(intent)) clearInterval(asking);
        }, SILENCE);
        return () => {
          isOpen = false;
          clearInterval(asking);
        };
      },
      /** The intent as Stripe has it now; undefined where that cannot be learnt.
       * @returns {Promise<import("@stripe/stripe-js").PaymentIntent | undefined>} */
      async now() {
        const tooLate = new Promise((_, reject) => setTimeout(reject, ANSWER_LIMIT));
        try {
          return (await Promise.race([stripe.retrievePaymentIntent(opened.client_secret), tooLate])).paymentIntent;
        } catch {
          return undefined;
        }
      },
      /** @param {boolean} dark */
      paint: (dark) => elements.update({ appearance: appearance(dark) }),
      close() {
        isOpen = false;
        remove(card, "payment-element");
        remove(wallets.element, "wallets");
      },
    };
  }

  /** Take no room where the browser has none, or none can be loaded.
   * @param {StripeElements} elements @param {(event: WalletConfirmed) => void} confirmed */
  function walletsOf(elements, confirmed) {
    const place = PayRequests.byId("wallets");
    const layout = { maxColumns: 2, maxRows: 1 };
    const element = elements.create("expressCheckout", { buttonHeight: 44, layout, paymentMethods: ELSEWHERE });
    /** @type {Promise<void>} */
    const known = new Promise((resolve) => {
      element.on("ready", ({ availablePaymentMethods: available }) => {
        place.classList.toggle("has", Object.values(available || {}).some(Boolean));
        resolve();
      });
      element.on("loaderror", () => resolve());
      setTimeout(resolve, PATIENCE);
    });
    element.on("confirm", confirmed);
    element.mount(place);
    return { element, known };
  }

  /** @param {{destroy: () => void}} element @param {string} id */
  function remove(element, id) {
    try {
      element.destroy();
    } catch {
      // It was gone already.
    }
    const place = document.getElementById(id);
    place?.classList.remove("has");
    place?.replaceChildren();
  }

  return payElements;
})();
