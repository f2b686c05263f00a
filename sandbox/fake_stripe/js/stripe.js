// A stand-in of Stripe.js for the sandbox: same calls, same answers, no real money.
(() => {
  "use strict";

  const ORIGIN = new URL(document.currentScript.src).origin;

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = "IntegrationError";
    }
  }

  const idOf = (clientSecret) => String(clientSecret).split("_secret_")[0];
  const isSecret = (value) => /^pi_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/.test(String(value));
  const never = () => new Promise(() => {});

  function languageOf(locale) {
    const wanted = !locale || locale === "auto" ? navigator.language : locale;
    return wanted.toLowerCase().startsWith("ru") ? "ru" : "en";
  }

  function nodeFor(target) {
    if (target instanceof HTMLElement) return target;
    const node = typeof target === "string" ? document.querySelector(target) : null;
    if (!node) {
      throw new IntegrationError(`The selector you specified (${target}) applies to no DOM elements that are currently`
        + " on the page. Make sure the element exists on the page before calling mount().");
    }
    return node;
  }

  async function retrieve(key, clientSecret) {
    const query = new URLSearchParams({ key, client_secret: clientSecret });
    try {
      const answer = await fetch(`${ORIGIN}/v1/payment_intents/${idOf(clientSecret)}?${query}`);
      const body = await answer.json();
      return body.error ? { error: body.error } : { paymentIntent: body };
    } catch {
      const message = "There was a problem connecting to Stripe. Please check your connection and try again.";
      return { error: { type: "api_connection_error", message } };
    }
  }

  const EVENTS = ["ready", "change", "focus", "blur", "escape", "loaderror", "loaderstart"];

  class PaymentElement {
    #group; #options; #frame = null; #handlers = new Map(); #waiting = new Map(); #destroyed = false; #calls = 0;
    #listen = (message) => this.#hear(message);

    constructor(group, options) {
      this.#group = group;
      this.#options = options;
    }

    get mounted() { return this.#frame !== null; }

    mount(target) {
      this.#checkAlive();
      const node = nodeFor(target);
      if (this.#frame) {
        throw new IntegrationError("This Element is already mounted. Use `unmount()` before mounting it again.");
      }
      const frame = document.createElement("iframe");
      frame.title = "Secure payment input frame";
      frame.name = "__privateStripeFrame1";
      frame.setAttribute("allow", "payment *");
      Object.assign(frame.style, { width: "100%", border: "0", display: "block", height: "320px", colorScheme: "normal" });
      frame.addEventListener("load", () => this.send("load", { settings: this.#settings() }));
      frame.src = `${ORIGIN}/elements-inner.html`;
      this.#frame = frame;
      window.addEventListener("message", this.#listen);
      node.replaceChildren(frame);
      queueMicrotask(() => this.#emit("loaderstart", {}));
      return this;
    }

    unmount() {
      this.#checkAlive();
      window.removeEventListener("message", this.#listen);
      this.#frame?.remove();
      this.#frame = null;
      return this;
    }

    destroy() {
      this.unmount();
      this.#destroyed = true;
      this.#group.forget(this);
      return this;
    }

    on(event, handler) { return this.#listenTo(event, handler, (handlers) => handlers.add(handler)); }

    once(event, handler) {
      const first = (detail) => { this.off(event, first); handler(detail); };
      return this.on(event, first);
    }

    off(event, handler) {
      const handlers = this.#handlers.get(event);
      if (handler) handlers?.delete(handler); else handlers?.clear();
      return this;
    }

    update(options) {
      this.#checkAlive();
      this.#options = { ...this.#options, ...options };
      if (this.#frame) this.send("change", { settings: this.#settings() });
      return this;
    }

    refresh() { if (this.#frame) this.send("change", { settings: this.#settings() }); }
    focus() { this.send("focus"); return this; }
    blur() { this.send("blur"); return this; }
    clear() { this.send("clear"); return this; }
    collapse() { return this; }

    send(action, message = {}) { this.#frame.contentWindow.postMessage({ action, ...message }, ORIGIN); }

    ask(action, message = {}) {
      const number = (this.#calls += 1);
      return new Promise((resolve) => {
        this.#waiting.set(number, resolve);
        this.send(action, { ...message, number });
      });
    }

    #settings() { return { ...this.#group.settings(), options: JSON.parse(JSON.stringify(this.#options)) }; }

    #checkAlive() {
      if (this.#destroyed) throw new IntegrationError("This Element has already been destroyed. Please create a new one.");
    }

    #listenTo(event, handler, add) {
      if (!EVENTS.includes(event)) {
        throw new IntegrationError(`${event} is not a valid event for the payment Element. Try one of: ${EVENTS.join(", ")}.`);
      }
      if (typeof handler !== "function") throw new IntegrationError("Invalid event handler: it should be a function.");
      if (!this.#handlers.has(event)) this.#handlers.set(event, new Set());
      add(this.#handlers.get(event));
      return this;
    }

    #hear(message) {
      if (message.origin !== ORIGIN || message.source !== this.#frame?.contentWindow) return;
      const { sandboxStripe, event, detail, height, number, result } = message.data ?? {};
      if (!sandboxStripe) return;
      if (height) this.#frame.style.height = `${height + 8}px`;
      if (event) this.#emit(event, detail);
      if (number !== undefined) {
        this.#waiting.get(number)?.(result);
        this.#waiting.delete(number);
      }
    }

    #emit(event, detail) {
      for (const handler of [...(this.#handlers.get(event) ?? [])]) handler({ elementType: "payment", ...detail });
    }
  }

  class Elements {
    #key; #options; #payment = null;

    constructor(key, options) {
      if (options.clientSecret !== undefined && !isSecret(options.clientSecret)) {
        throw new IntegrationError("Invalid value for elements(): clientSecret should be a client secret of the form"
          + ` \${id}_secret_\${secret}. You specified: ${options.clientSecret}.`);
      }
      this.#key = key;
      this.#options = { ...options };
    }

    get clientSecret() { return this.#options.clientSecret; }

    settings() {
      const { clientSecret, locale, appearance } = this.#options;
      return { key: this.#key, clientSecret, locale: languageOf(locale), appearance: appearance ?? {} };
    }

    create(type, options = {}) {
      if (type !== "payment") throw new IntegrationError(`A valid Element name must be provided. You specified: ${type}.`);
      if (!this.#options.clientSecret) {
        throw new IntegrationError("In order to create a payment element, you must pass a clientSecret or mode when"
          + " creating the Elements group.");
      }
      if (this.#payment) {
        throw new IntegrationError("Can only create one Element of type payment for each Elements instance.");
      }
      this.#payment = new PaymentElement(this, options);
      return this.#payment;
    }

    getElement(type) { return type === "payment" ? this.#payment : null; }
    forget() { this.#payment = null; }

    update(options) {
      if ("clientSecret" in options) {
        throw new IntegrationError("Invalid value for elements.update(): clientSecret cannot be changed.");
      }
      this.#options = { ...this.#options, ...options };
      this.#payment?.refresh();
    }

    async fetchUpdates() {
      const { error } = await retrieve(this.#key, this.clientSecret);
      return error ? { error } : {};
    }

    async submit() {
      const { error } = await mountedIn(this).ask("validate");
      return error ? { error } : { selectedPaymentMethod: "card" };
    }
  }

  function mountedIn(elements) {
    const element = elements.getElement("payment");
    if (!element?.mounted) {
      throw new IntegrationError("Invalid value for stripe.confirmPayment(): elements should have a mounted Payment Element"
        + " or Express Checkout Element.");
    }
    return element;
  }

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
      const element = mountedIn(elements);
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
})();
