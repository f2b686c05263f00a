// The second part of Stripe.js: the Elements group and the Payment Element, which talks to its frame.
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
