// The card form in its frame. It alone sees the card; the page around it asks by message and is told the outcome.
"use strict";

const field = (name) => document.getElementById(name);
const FIELDS = ["number", "expiry", "cvc"];
let settings = { key: "", clientSecret: "", locale: "en", options: {} };
let touched = new Set();

const text = (name) => TEXTS[settings.locale][name] ?? "";
const digits = (name) => field(name).value.replace(/\D/g, "");

function luhn(number) {
  const sum = [...number].reverse().map(Number).map((d, i) => (i % 2 ? (d * 2 > 9 ? d * 2 - 9 : d * 2) : d));
  return sum.reduce((a, b) => a + b, 0) % 10 === 0;
}

const isAmex = () => /^3[47]/.test(digits("number"));
const numberLength = () => (isAmex() ? 15 : /^3[0689]/.test(digits("number")) ? 14 : 16);

const CHECKS = {
  number() {
    const number = digits("number");
    if (number.length < numberLength()) return "incomplete_number";
    return luhn(number) ? null : "invalid_number";
  },
  expiry() {
    const typed = digits("expiry");
    const month = Number(typed.slice(0, 2));
    if (typed.length < 4) return "incomplete_expiry";
    if (month < 1 || month > 12) return "invalid_expiry_month";
    const today = new Date();
    const months = (2000 + Number(typed.slice(2)) - today.getFullYear()) * 12 + month - 1 - today.getMonth();
    return months < 0 ? "invalid_expiry_year_past" : null;
  },
  cvc: () => (digits("cvc").length < (isAmex() ? 4 : 3) ? "incomplete_cvc" : null),
};

function showProblem(name) {
  const code = touched.has(name) ? CHECKS[name]() : null;
  field(`${name}-error`).textContent = code ? text(code) : "";
  field(name).setAttribute("aria-invalid", String(Boolean(code)));
  tellHeight();
}

function validate() {
  FIELDS.forEach((name) => touched.add(name));
  FIELDS.forEach(showProblem);
  const wrong = FIELDS.find((name) => CHECKS[name]());
  if (!wrong) return null;
  field(wrong).focus();
  const code = CHECKS[wrong]();
  return { type: "validation_error", code, message: text(code) };
}

function tellChange() {
  tell({
    event: "change",
    detail: {
      empty: FIELDS.every((name) => !field(name).value),
      complete: FIELDS.every((name) => !CHECKS[name]()),
      collapsed: false,
      value: { type: "card" },
    },
  });
}

const tellHeight = () => host && tell({ height: Math.ceil(document.body.getBoundingClientRect().height) });

function format(name) {
  const input = field(name);
  const atEnd = input.selectionStart === input.value.length;
  const typed = digits(name);
  if (name === "number") {
    const groups = isAmex() ? /^(\d{0,4})(\d{0,6})(\d{0,5})/ : /^(\d{0,4})(\d{0,4})(\d{0,4})(\d{0,4})/;
    input.value = typed.match(groups).slice(1).filter(Boolean).join(" ");
  } else if (name === "expiry") {
    const padded = /^[2-9]/.test(typed) ? `0${typed}` : typed;
    input.value = padded.length > 2 ? `${padded.slice(0, 2)} / ${padded.slice(2, 4)}` : padded;
  } else {
    input.value = typed.slice(0, 4);
  }
  if (atEnd) input.setSelectionRange(input.value.length, input.value.length);
}

function fillCard(number) {
  field("number").value = number;
  field("expiry").value = "1234";
  field("cvc").value = "123";
  FIELDS.forEach(format);
  FIELDS.forEach(showProblem);
  tellChange();
}

function showTexts() {
  document.documentElement.lang = settings.locale;
  document.querySelectorAll("[data-text]").forEach((node) => { node.textContent = text(node.dataset.text); });
  field("expiry").placeholder = text("expiryHint");
  field("cvc").placeholder = "CVC";
  const names = new Intl.DisplayNames([settings.locale], { type: "region" });
  const chosen = field("country").value || settings.options.defaultValues?.billingDetails?.address?.country
    || (navigator.language.split("-")[1] ?? "US");
  const options = COUNTRIES.map((code) => new Option(names.of(code), code, false, code === chosen));
  field("country").replaceChildren(...options.sort((a, b) => a.text.localeCompare(b.text, settings.locale)));
  const billing = settings.options.fields?.billingDetails;
  const address = billing?.address;
  field("country-field").hidden = [billing, address, address?.country].includes("never");
  FIELDS.forEach(showProblem);
}

const VARIABLES = {
  colorPrimary: "--primary", colorBackground: "--background", colorText: "--text", colorDanger: "--danger",
  borderRadius: "--radius", fontFamily: "--font",
};

function showAppearance(appearance = {}) {
  const root = document.documentElement;
  root.dataset.theme = appearance.theme === "night" ? "night" : "stripe";
  for (const [name, property] of Object.entries(VARIABLES)) {
    const value = appearance.variables?.[name];
    if (value) root.style.setProperty(property, value); else root.style.removeProperty(property);
  }
}

async function call(method, path, form) {
  try {
    const query = method === "GET" ? `?${form}` : "";
    const answer = await fetch(`/v1/payment_intents/${path}${query}`, { method, body: query ? undefined : form });
    return await answer.json();
  } catch {
    return { error: { type: "api_connection_error", message: text("offline") } };
  }
}

function localised(error) {
  const message = text(error.decline_code ?? "") || text(error.code ?? "");
  const told = error.type === "card_error" ? message || (settings.locale === "ru" ? text("card_declined") : "") : "";
  return settings.locale !== "en" && told ? { ...error, message: told } : error;
}

function append(form, name, value) {
  if (value === undefined || value === null || value === "") return;
  if (typeof value === "object") {
    for (const [inner, item] of Object.entries(value)) append(form, `${name}[${inner}]`, item);
  } else {
    form.append(name, String(value));
  }
}

async function confirm({ params }) {
  const problem = validate();
  if (problem) return { error: problem };
  const billing = params.payment_method_data?.billing_details ?? {};
  const form = new URLSearchParams({ key: settings.key, client_secret: settings.clientSecret, use_stripe_sdk: "true" });
  append(form, "return_url", params.return_url);
  append(form, "receipt_email", params.receipt_email);
  append(form, "shipping", params.shipping);
  append(form, "payment_method_data", {
    type: "card",
    card: {
      number: digits("number"), exp_month: digits("expiry").slice(0, 2), exp_year: digits("expiry").slice(2, 4),
      cvc: digits("cvc"),
    },
    billing_details: { ...billing, address: { country: field("country").value, ...billing.address } },
  });
  const answer = await call("POST", `${settings.clientSecret.split("_secret_")[0]}/confirm`, form);
  return answer.error ? { error: localised(answer.error) } : { paymentIntent: answer };
}

async function load(message) {
  settings = { ...settings, ...message.settings };
  showAppearance(settings.appearance);
  showTexts();
  const form = new URLSearchParams({ key: settings.key, client_secret: settings.clientSecret });
  const answer = await call("GET", settings.clientSecret.split("_secret_")[0], form);
  const error = answer.error ?? terminal(answer);
  tellHeight();
  tell(error ? { event: "loaderror", detail: { error } } : { event: "ready", detail: {} });
}

function terminal(intent) {
  if (!["succeeded", "canceled"].includes(intent.status)) return null;
  const message = `This PaymentIntent is in a terminal state (${intent.status}) and cannot be used to initialize Elements.`;
  return { type: "invalid_request_error", code: "payment_intent_unexpected_state", message, payment_intent: intent };
}

const ACTIONS = {
  load,
  change(message) {
    settings = { ...settings, ...message.settings };
    showAppearance(settings.appearance);
    showTexts();
  },
  focus: () => field("number").focus(),
  blur: () => document.activeElement?.blur(),
  clear() {
    touched = new Set();
    FIELDS.forEach((name) => { field(name).value = ""; showProblem(name); });
  },
  validate: () => ({ error: validate() ?? undefined }),
  confirm,
  challengeFailed: () => ({ message: text("authentication") }),
  localise: (message) => localised(message.error),
};

answer(ACTIONS);

for (const name of FIELDS) {
  field(name).addEventListener("input", () => {
    format(name);
    if (touched.has(name)) showProblem(name);
    tellChange();
  });
  field(name).addEventListener("blur", () => {
    if (field(name).value) touched.add(name);
    showProblem(name);
  });
}
document.addEventListener("focusin", () => host && tell({ event: "focus", detail: {} }));
document.addEventListener("focusout", () => host && tell({ event: "blur", detail: {} }));
document.getElementById("sandbox").addEventListener("click", (event) => {
  const number = event.target.dataset?.card;
  if (number) fillCard(number);
});
document.getElementById("card").addEventListener("submit", (event) => event.preventDefault());
showTexts();
new ResizeObserver(tellHeight).observe(document.body);
