// Small helpers: elements, lists that change in place, words for numbers, calls to the desk.
import { language, t } from "./words.js";

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Draws `items` into `box`; a node whose version has not changed stays, and keeps focus and scroll. */
export function draw(box, items, key, make) {
  const known = new Map([...box.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item) => {
    const version = JSON.stringify(item);
    const old = known.get(String(key(item)));
    if (old && old.version === version) return old;
    const node = make(item, Boolean(old));
    node.dataset.key = String(key(item));
    node.version = version;
    return node;
  });
  for (const node of [...box.children]) if (!wanted.includes(node)) node.remove();
  wanted.forEach((node, index) => {
    if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null);
  });
}

export async function post(name, body = {}) {
  try {
    const response = await fetch(`/desk/api/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    toast(t(answer.error.message), "bad");
  } catch {
    toast(t("The sandbox does not answer. Is it still running?"), "bad");
  }
  return null;
}

export function toast(text, kind = "") {
  const node = el("p", { class: `toast ${kind}` }, text);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), 4500);
}

export const clock = (at) => new Date(at * 1000).toLocaleTimeString([], { hour12: false });
export const shortClock = (at) => clock(at).slice(0, 5);

export function bytes(size) {
  return size < 1024 ? `${size} B` : size < 1048576 ? `${Math.round(size / 1024)} KB` : `${(size / 1048576).toFixed(1)} MB`;
}

const SENT_TIMES_HUNDRED = ["ISK", "UGX"]; // Stripe counts these in hundredths although nobody else does

export function digits(currency) {
  if (SENT_TIMES_HUNDRED.includes(currency.toUpperCase())) return 2;
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
}

export function money(amount, currency) {
  const value = amount / 10 ** digits(currency);
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(value);
}

/** Opens links to the shop's pages in a window shaped like a phone; they may not be framed. */
export function openPhone(event) {
  const opened = window.open(event.currentTarget.href, "_blank", "popup,width=430,height=860");
  if (opened) event.preventDefault();
}
