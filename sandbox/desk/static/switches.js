// What the services do wrong, and what happens to payments afterwards.
import { byId, clock, digits, draw, el, money, post, toast } from "./dom.js";
import { t } from "./words.js";

const DECLINES = {
  insufficient_funds: "not enough money", generic_decline: "no reason told", expired_card: "expired card",
  incorrect_cvc: "wrong security code", lost_card: "lost card", stolen_card: "stolen card",
  processing_error: "error at the bank", card_velocity_exceeded: "too many attempts", fraudulent: "blocked as fraud",
  authentication_required: "must ask for 3D Secure",
};
const SERVICES = { telegram: "Telegram", stripe: "Stripe", resend: "Resend" };
const MODES = {
  ok: "works", refuse: "is down", hang: "hangs", server_error: "answers 500", rate_limited: "answers 429",
  reset: "drops the connection", reset_body: "drops half-way", html: "answers a web page",
};

export function drawSwitches(state) {
  set("switch-cards", state.switches.cards);
  set("switch-decline", state.switches.decline_code);
  set("switch-delivery", state.switches.delivery);
  byId("decline-row").hidden = state.switches.cards !== "decline";
  check("one-a-second", state.switches.one_a_second);
  check("five-a-second", state.switches.five_a_second);
  for (const [service, mode] of Object.entries(state.services)) {
    set(`service-${service}`, mode);
    byId(`service-${service}`).closest("label").classList.toggle("off", mode !== "ok");
  }
  drawAll("payments", state.payments, paymentRow, "No payment yet.");
  drawAll("events", state.events, eventRow, "No event yet.");
}

function set(id, value) {
  const select = byId(id);
  if (document.activeElement !== select || select.value === value) select.value = value;
}

// What was just ticked stays so until it has arrived: a picture from before would take the tick away again.
function check(id, value) {
  if (!byId(id).dataset.asked) byId(id).checked = value;
}

async function ask({ target }, name) {
  target.dataset.asked = "yes";
  await post("limits", { [name]: target.checked });
  delete target.dataset.asked;
}

function drawAll(id, items, make, nothing) {
  const wanted = items.length ? items : [{ id: "none" }];
  draw(byId(id), wanted, (item) => item.id, (item) => item.id === "none" ? el("p", { class: "hint" }, t(nothing)) : make(item));
}

function paymentRow(payment) {
  const refunded = payment.refunded ? `, ${money(payment.refunded, payment.currency)} ${t("given back")}` : "";
  return el("div", { class: "payment" },
    el("p", {}, el("b", {}, money(payment.amount, payment.currency)), " ", el("span", { class: `state ${payment.status}` }, t(payment.status.replaceAll("_", " "))), refunded),
    el("p", { class: "quiet" }, `${payment.description} · ${payment.email || t("no address")} · ${clock(payment.at)}`),
    el("p", { class: "quiet" }, el("code", {}, payment.id)),
    el("div", { class: "actions" }, actions(payment), payment.disputes.map(disputeActions)));
}

function actions(payment) {
  const about = { payment_intent: payment.id };
  const does = (label, name, body) => el("button", { type: "button", onclick: () => tell(label, post(name, body)) }, t(label));
  if (payment.status === "processing") {
    return [does("Let it succeed", "release", { ...about, succeed: true }), does("Let it fail", "release", { ...about, succeed: false })];
  }
  if (payment.status !== "succeeded" || payment.refunded >= payment.amount) return [];
  const part = el("button", { type: "button", onclick: () => refundPart(payment) }, t("Refund a part …"));
  const dispute = payment.disputes.length ? "" : does("Dispute", "dispute", about);
  return [does("Refund", "refund", about), part, dispute, does("Fraud warning", "fraud-warning", about)];
}

function disputeActions(dispute) {
  if (["won", "lost", "warning_closed"].includes(dispute.status)) return el("span", { class: "quiet" }, t(`dispute ${dispute.status.replace("_", " ")}`));
  return [true, false].map((won) =>
    el("button", { type: "button", onclick: () => post("close-dispute", { dispute: dispute.id, won }) }, t(won ? "Dispute is won" : "Dispute is lost")));
}

async function tell(label, work) {
  if (await work) toast(`${t(label)}: ${t("done.")}`);
}

function refundPart(payment) {
  const places = digits(payment.currency);
  const most = (payment.amount - payment.refunded) / 10 ** places;
  const typed = window.prompt(`${t("Amount to give back, at most")} ${most.toFixed(places)}:`);
  if (!typed) return;
  const amount = Math.round(Number(typed.replace(",", ".")) * 10 ** places);
  if (Number.isFinite(amount) && amount > 0) tell("Refund", post("refund", { payment_intent: payment.id, amount }));
  else toast(t("That is no amount."), "bad");
}

function eventRow(event) {
  return el("div", { class: "event" },
    el("span", {}, el("code", {}, event.type), el("small", { class: event.delivered ? "quiet" : "bad" }, ` ${clock(event.at)} ${t(event.delivered ? "taken" : "not taken")}`)),
    el("button", { type: "button", "aria-label": `${t("Send again")}: ${event.type}`, onclick: () => post("resend-event", { event_id: event.id }) }, t("Send again")));
}

const option = ([value, label]) => el("option", { value }, t(label));

export function wireSwitches() {
  byId("switch-decline").append(...Object.entries(DECLINES).map(option));
  const cards = () => post("cards", { cards: byId("switch-cards").value, decline_code: byId("switch-decline").value });
  byId("switch-cards").addEventListener("change", cards);
  byId("switch-decline").addEventListener("change", cards);
  byId("switch-delivery").addEventListener("change", (event) => post("delivery", { delivery: event.target.value }));
  byId("one-a-second").addEventListener("change", (event) => ask(event, "one_a_second"));
  byId("five-a-second").addEventListener("change", (event) => ask(event, "five_a_second"));
  byId("services").append(...Object.entries(SERVICES).map(([service, name]) =>
    el("label", {}, name, el("select", { id: `service-${service}`, "aria-label": name, onchange: (event) => post("service", { service, mode: event.target.value }) },
      Object.entries(MODES).map(option)))));
}
