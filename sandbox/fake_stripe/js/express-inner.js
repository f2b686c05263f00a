// The wallets' buttons in their frame: which there are the stand-in says, as a browser and a customer's cards would.
"use strict";

const WALLETS = { applePay: ["apple_pay", "Apple Pay"], googlePay: ["google_pay", "Google Pay"], link: ["link", "Link"] };
let settings = { key: "", clientSecret: "", options: {} };
let card = "";

async function load(message) {
  settings = { ...settings, ...message.settings };
  const answer = await (await fetch("/express-wallets")).json();
  card = answer.card;
  const allowed = settings.options.paymentMethods ?? {};
  const offered = Object.keys(WALLETS).filter((name) => answer.wallets.includes(name) && allowed[name] !== "never");
  document.getElementById("wallets").replaceChildren(...offered.map(button));
  tell({ height: offered.length ? Math.ceil(document.body.getBoundingClientRect().height) : 0 });
  const names = Object.fromEntries(Object.keys(WALLETS).map((name) => [name, offered.includes(name)]));
  tell({ event: "ready", detail: { availablePaymentMethods: offered.length ? names : undefined } });
}

function button(name) {
  const [type, words] = WALLETS[name];
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", () => {
    tell({ event: "click", detail: { expressPaymentType: type } });
    tell({ event: "confirm", detail: { expressPaymentType: type, billingDetails: { name: "A. Customer" } } });
  });
  return made;
}

async function confirm({ params }) {
  const form = new URLSearchParams({
    key: settings.key, client_secret: settings.clientSecret, use_stripe_sdk: "true", return_url: params.return_url ?? "",
    "payment_method_data[type]": "card", "payment_method_data[card][number]": card,
    "payment_method_data[card][exp_month]": "12", "payment_method_data[card][exp_year]": "34",
    "payment_method_data[card][cvc]": "123", "payment_method_data[billing_details][address][country]": "EE",
  });
  try {
    const path = `/v1/payment_intents/${settings.clientSecret.split("_secret_")[0]}/confirm`;
    const answer = await (await fetch(path, { method: "POST", body: form })).json();
    return answer.error ? { error: answer.error } : { paymentIntent: answer };
  } catch {
    return { error: { type: "api_connection_error", message: "There was a problem connecting to Stripe." } };
  }
}

const ACTIONS = {
  load,
  change() {},
  confirm,
  failed: ({ reason }) => { document.body.dataset.failed = reason; },
  localise: (message) => message.error,
  challengeFailed: () => ({ message: "We are unable to authenticate your payment method." }),
};

answer(ACTIONS);
