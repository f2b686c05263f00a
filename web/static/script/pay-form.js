// The card form: Stripe's Payment Element, from its mounting to the pay button; pay-confirm.js has what comes after, and
// pay.js the page around it.
const payForm = (() => {
  "use strict";

  const { byId, loadStripe, openIntent, Refused, ScriptBlocked } = PayRequests;
  const { isOver } = PayStripe;
  /** A frame that has not said ready by then is told of, and still used when it comes. */
  const FRAME_LIMIT = 12000;

  /** @typedef {import("@stripe/stripe-js").Stripe} StripeObject */
  /** @typedef {import("@stripe/stripe-js").StripeExpressCheckoutElementConfirmEvent} WalletConfirmed */
  /** @typedef {import("@stripe/stripe-js").StripeError} StripeError */
  /** @typedef {Awaited<ReturnType<typeof openIntent>>} Opened */

  /**
   * @typedef {object} Page what the form needs of the page around it
   * @property {(key: string) => void} say
   * @property {(words: string, calls?: boolean) => void} warn ``calls`` where it must be seen and read before going on
   * @property {(key: string) => string} text
   * @property {string} base
   * @property {MediaQueryList} dark
   * @property {string} scriptUrl
   * @property {() => void} lookNow
   * @property {() => void} sent Stripe has the money or will have it
   */

  /** @param {Page} page */
  function payForm(page) {
    /** @type {StripeObject | undefined} */
    let stripe;
    /** @type {ReturnType<typeof payElements> | undefined} */
    let drawn;
    let key = "";
    let ready = false;
    let opening = false;
    /** While an answer is waited for the form stays where it is, and takes nothing. */
    let held = false;
    /** @type {HTMLElement | null} */
    let listened = null;
    /** @type {number | undefined} */
    let retryTimer;
    /** @type {number | undefined} */
    let readyTimer;
    /** @type {number | undefined} */
    let lateTimer;

    const place = () => document.getElementById("pay-form");
    const trying = payConfirm(page, { drawn: () => drawn, place, open, showButton });

    function showButton() {
      const there = place();
      /** @type {HTMLButtonElement | null | undefined} */
      const button = there?.querySelector("button[type=submit]");
      if (!button) return;
      const confirming = trying.isBusy();
      button.disabled = !ready || confirming || held;
      // Neither on the whole form: screen readers would be told nothing of what is said in it meanwhile.
      button.setAttribute("aria-busy", String(confirming || opening || held));
      byId("wallets").inert = confirming || held;
      byId("payment-element").inert = held;
    }

    function listen() {
      const there = place();
      if (!there || listened === there) return;
      listened = there;
      there.addEventListener("submit", (event) => {
        event.preventDefault();
        confirm();
      });
      byId("retry").addEventListener("click", () => {
        // This button goes away: on with the keyboard before the card form.
        there.focus({ preventScroll: true });
        void open("");
      });
    }

    /** @param {string} why key of what is said above a new form */
    async function open(why) {
      if (opening || !place()) return;
      listen();
      close();
      opening = true;
      showButton();
      clearTimeout(retryTimer);
      clearInterval(lateTimer);
      page.say("loading");
      settle();
      try {
        const [Stripe, opened] = await Promise.all([loadStripe(page.scriptUrl), openIntent(page.base)]);
        if (place()) mount(Stripe, opened, why);
      } catch (error) {
        if (place()) notOpened(error);
      }
      opening = false;
      showButton();
    }

    function close() {
      ready = false;
      place()?.classList.remove("ready");
      trying.forget();
      clearTimeout(readyTimer);
      drawn?.close();
      drawn = undefined;
    }

    /**
     * @param {import("@stripe/stripe-js").StripeConstructor} Stripe
     * @param {Opened} opened
     * @param {string} why
     */
    function mount(Stripe, opened, why) {
      // The shop may have another key by now.
      if (!stripe || key !== opened.publishable_key) stripe = Stripe(opened.publishable_key, { locale: opened.language });
      key = opened.publishable_key;
      drawn = payElements(stripe, opened, page.dark.matches, {
        async ready() {
          clearTimeout(readyTimer);
          ready = true;
          place()?.classList.add("ready");
          page.say(why);
          settle();
          showButton();
          if (isOver(await known) && form === drawn && !trying.isBusy()) page.sent();
        },
        notLoaded,
        complete: trying.completed,
        confirmed: confirm,
      });
      const form = drawn;
      // A bank debit takes days, and its form is drawn all the same.
      const known = form.now();
      // The script came through but its frame may be blocked: then nothing at all happens.
      readyTimer = setTimeout(() => trouble(page.text("blocked")), FRAME_LIMIT);
    }

    /** @param {StripeError} error */
    async function notLoaded(error) {
      clearTimeout(readyTimer);
      const form = drawn;
      const over = isOver(error.payment_intent || (await form?.now()));
      if (form !== drawn) return;
      if (over) page.sent();
      else offerRetry(page.text("form_failed"), 0);
    }

    /** @param {unknown} error */
    function notOpened(error) {
      if (error instanceof Refused && [404, 409, 410].includes(error.status)) {
        page.say("");
        page.warn(error.message);
        page.lookNow();
      } else if (error instanceof Refused && error.status === 502) {
        // For good: only a person can mend it.
        page.say("");
        page.warn(error.message);
      } else if (error instanceof Refused) {
        offerRetry(error.message, error.retryAfter);
      } else {
        const why = error instanceof ScriptBlocked ? "blocked" : "form_failed";
        offerRetry(page.text(navigator.onLine ? why : "offline"), 0);
        // A slow line may bring the script after all.
        if (error instanceof ScriptBlocked) lateTimer = setInterval(() => window.Stripe && void open(""), 1000);
        // Where nothing comes through, the next look that does opens it.
        page.lookNow();
      }
    }

    /** @param {string} words @param {number} after seconds until it is tried unasked; 0 for never */
    function offerRetry(words, after) {
      close();
      showButton();
      trouble(words);
      if (after) retryTimer = setTimeout(() => void open(""), 1000 * after);
    }

    /** The form does not come: it can be tried again. @param {string} words */
    function trouble(words) {
      page.say("");
      page.warn(words);
      byId("retry").hidden = false;
    }

    /** What was said of that is over; how an earlier payment ended stays. */
    function settle() {
      if (!byId("retry").hidden) page.warn("");
      byId("retry").hidden = true;
    }

    /** @param {WalletConfirmed} [wallet] where one was chosen */
    function confirm(wallet) {
      if (ready && drawn) void trying.begin(drawn, wallet);
    }

    page.dark.addEventListener("change", () => drawn?.paint(page.dark.matches));

    return {
      open,
      /** @param {string} why */
      openIfClosed(why) {
        if (!ready) void open(why);
      },
      isThere: () => place() !== null,
      isBusy: trying.isBusy,
      /** Whether Stripe stands by it that the money is on its way; true where that cannot be asked now. */
      async isOver() {
        const intent = await drawn?.now();
        return !intent || isOver(intent);
      },
      /** Lets go of the form before it is taken away; tells whether it had the focus. */
      leave() {
        clearTimeout(retryTimer);
        clearInterval(lateTimer);
        close();
        return place()?.contains(document.activeElement) || false;
      },
      /** @param {boolean} waiting */
      hold(waiting) {
        held = waiting;
        showButton();
      },
      /** Nobody knows what came of it while there was no line, or no page.
       * @param {boolean} wasCut whether nothing that was on its way then comes any more: a slow line brings it yet */
      async retry(wasCut) {
        if (document.getElementById("retry")?.hidden === false) {
          if (wasCut || !drawn) void open("");
        } else if (ready && !held && !trying.isBusy()) {
          const form = drawn;
          const over = isOver(await form?.now());
          if (form !== drawn || held || trying.isBusy()) return;
          if (over) page.sent();
          // What was pressed without a line is not answered by its being back.
          else if (byId("alert").textContent === page.text("offline")) page.warn(page.text("unconfirmed"));
        }
      },
      rest: trying.rest,
    };
  }

  return payForm;
})();
