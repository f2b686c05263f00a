// The first part of the stand-in's Stripe.js: what the other parts use. They are served as one script, in one function.
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
