// What the page fetches: Stripe.js by its tag, and our own server's answers.
const PayRequests = (() => {
  "use strict";

  const REQUEST_LIMIT = 20000;
  const SCRIPT_LIMIT = 12000;

  /** @typedef {{client_secret: string, publishable_key: string, return_url: string, language: "en" | "ru",
   * email: string}} Opened */

  /** The language chosen at the foot of the page, in which all answers come; empty where none was. */
  const chosen = document.documentElement.dataset.chosen || "";
  let scriptFailed = false;
  addEventListener(
    "error",
    (event) => {
      if (event.target instanceof HTMLScriptElement && event.target.id === "stripe-js") scriptFailed = true;
    },
    true,
  );
  // Both scripts are deferred: by now Stripe's has run, or failed, in some browsers before ours could hear of it.
  addEventListener("DOMContentLoaded", () => (scriptFailed = !window.Stripe));

  /** A refusal of our own server, in words for the customer. */
  class Refused extends Error {
    /** @param {number} status @param {string} message @param {number} retryAfter seconds */
    constructor(status, message, retryAfter) {
      super(message);
      this.status = status;
      this.retryAfter = retryAfter;
    }
  }

  /** @param {string} id @returns {HTMLElement} */
  function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`the page has no #${id}`);
    return found;
  }

  /** What is the same stays, with the focus in it. @param {Document} page as it is read now @param {string} id */
  function renew(page, id) {
    const now = byId(id);
    const then = page.getElementById(id);
    if (then && !now.isEqualNode(then)) now.replaceWith(document.importNode(then, true));
  }

  /** @param {string} url @param {RequestInit} [options] @param {number} [limit] milliseconds until it is given up
   * @param {string} [language] of the answer */
  function request(url, options, limit = REQUEST_LIMIT, language = chosen) {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), limit);
    return fetch(url + (language && `?lang=${language}`), { cache: "no-store", signal: stop.signal, ...options });
  }

  class ScriptBlocked extends Error {}

  /** Stripe.js from its tag in the page, or from a new one when that one has failed. @param {string} url */
  async function loadStripe(url) {
    const tag = document.getElementById("stripe-js");
    if (scriptFailed || !tag) {
      tag?.remove();
      scriptFailed = false;
      const again = document.createElement("script");
      again.id = "stripe-js";
      again.src = url;
      document.head.append(again);
    }
    const until = Date.now() + SCRIPT_LIMIT;
    while (!window.Stripe) {
      if (Date.now() > until) scriptFailed = true;
      if (scriptFailed) throw new ScriptBlocked();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return window.Stripe;
  }

  /** @param {string} base @returns {Promise<Opened>} */
  async function openIntent(base) {
    const answer = await request(`${base}/intent`, { method: "POST" });
    const said = await answer.json().catch(() => ({}));
    if (said.client_secret) return said;
    // Something on the way may answer as well, a proxy say: final is only what the shop says itself.
    if (!said.error?.message) throw new Error("not the shop's answer");
    throw new Refused(answer.status, said.error.message, Number(answer.headers.get("Retry-After")) || 0);
  }

  return { byId, chosen, renew, request, loadStripe, openIntent, Refused, ScriptBlocked };
})();
