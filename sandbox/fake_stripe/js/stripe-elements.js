// The second part of Stripe.js: the Elements group and its Elements, each of which talks to a frame.
const KINDS = {
  payment: {
    title: "Secure payment input frame", page: "elements-inner.html", height: "320px",
    events: ["ready", "change", "focus", "blur", "escape", "loaderror", "loaderstart"],
  },
  expressCheckout: {
    title: "Secure express checkout frame", page: "express-inner.html", height: "0",
    events: ["ready", "click", "focus", "blur", "escape", "loaderror", "confirm", "cancel", "shippingaddresschange",
      "shippingratechange", "availablepaymentmethodschange"],
  },
};

class FrameElement {
  #group; #type; #options; #frame = null; #handlers = new Map(); #waiting = new Map(); #destroyed = false; #calls = 0;
  #listen = (message) => this.#hear(message);

  constructor(group, type, options) {
    this.#group = group;
    this.#type = type;
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
    const { title, page, height } = KINDS[this.#type];
    frame.title = title;
    frame.name = `__privateStripeFrame${Object.keys(KINDS).indexOf(this.#type) + 1}`;
    frame.setAttribute("allow", "payment *");
    Object.assign(frame.style, { width: "100%", border: "0", display: "block", height, colorScheme: "normal" });
    frame.addEventListener("load", () => this.send("load", { settings: this.#settings() }));
    frame.src = `${ORIGIN}/${page}`;
    this.#frame = frame;
    window.addEventListener("message", this.#listen);
    node.replaceChildren(frame);
    if (this.#type === "payment") queueMicrotask(() => this.#emit("loaderstart", {}));
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
    this.#group.forget(this.#type);
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
    const { events } = KINDS[this.#type];
    if (!events.includes(event)) {
      throw new IntegrationError(`${event} is not a valid event for the ${this.#type} Element. Try one of: ${events.join(", ")}.`);
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
    if (height !== undefined) this.#frame.style.height = height ? `${height + 8}px` : "0";
    if (event) this.#emit(event, this.#told(event, detail));
    if (number !== undefined) {
      this.#waiting.get(number)?.(result);
      this.#waiting.delete(number);
    }
  }

  // A customer's yes in a wallet: what confirms next, confirms with it, and a failure is to be told to it.
  #told(event, detail) {
    if (event !== "confirm") return detail;
    this.#group.confirmed(this);
    return { ...detail, paymentFailed: ({ reason = "fail" } = {}) => this.send("failed", { reason }) };
  }

  #emit(event, detail) {
    for (const handler of [...(this.#handlers.get(event) ?? [])]) handler({ elementType: this.#type, ...detail });
  }
}

class Elements {
  #key; #options; #elements = new Map(); #wallet = null;

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
    if (!Object.hasOwn(KINDS, type)) {
      throw new IntegrationError(`A valid Element name must be provided. You specified: ${type}.`);
    }
    if (!this.#options.clientSecret) {
      throw new IntegrationError(`In order to create a ${type} element, you must pass a clientSecret or mode when`
        + " creating the Elements group.");
    }
    if (this.#elements.has(type)) {
      throw new IntegrationError(`Can only create one Element of type ${type} for each Elements instance.`);
    }
    this.#elements.set(type, new FrameElement(this, type, options));
    return this.#elements.get(type);
  }

  getElement(type) { return this.#elements.get(type) ?? null; }
  forget(type) { this.#elements.delete(type); }
  confirmed(wallet) { this.#wallet = wallet; }

  // Which Element the next confirmation goes by: a wallet only until then.
  confirming() {
    const wallet = this.#wallet;
    this.#wallet = null;
    return wallet?.mounted ? wallet : mountedIn(this);
  }

  update(options) {
    if ("clientSecret" in options) {
      throw new IntegrationError("Invalid value for elements.update(): clientSecret cannot be changed.");
    }
    this.#options = { ...this.#options, ...options };
    this.#elements.forEach((element) => element.refresh());
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
