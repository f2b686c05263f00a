// The tour: four steps, each over when what it asks for has really happened. It can be left at any moment.
import { byId, el } from "./dom.js";
import { t } from "./words.js";

const STEPS = [
  "Say hello: press Start in the chat.",
  "Choose a product, type any e-mail address, and send the code from the mail inbox to the chat.",
  "Open the pay page and pay with 4242 4242 4242 4242, any date to come, any three digits.",
  "Be the shopkeeper: choose Mira above the chat and send /payments.",
];
const END = "That was the whole shop. The buttons of the scenarios show what happens on worse days.";
let reached = 0; // what is done stays done, though a link leaves the chat
let shown = null;

function chats(state, role) {
  return state.people.filter((person) => person.role === role).map((person) => state.chats[person.id].messages);
}

const has = (state, role, fits) => chats(state, role).some((messages) => messages.some(fits));
const DONE = [
  (state) => has(state, "customer", (message) => message.mine),
  (state) => state.payments.length > 0 || has(state, "customer", (message) => message.keyboard.flat().some((key) => key.url?.includes("/pay/"))),
  (state) => state.payments.some((payment) => payment.status === "succeeded") && has(state, "customer", (message) => !message.mine && message.document),
  (state) => chats(state, "admin").some((messages) => answered(messages)),
];

function answered(messages) {
  const asked = messages.findIndex((message) => message.mine);
  return asked >= 0 && messages.slice(asked).some((message) => !message.mine);
}

export function drawTour(state) {
  if (localStorage.getItem("tour") === "left") return;
  while (reached < DONE.length && DONE[reached](state)) reached += 1;
  if (shown === reached) return;
  shown = reached;
  const ended = reached === STEPS.length;
  byId("tour-step").replaceChildren(
    ended ? "" : el("b", {}, `${t("Step")} ${reached + 1} / ${STEPS.length}. `), t(ended ? END : STEPS[reached]));
  byId("leave-tour").textContent = t(ended ? "Close" : "Leave the tour");
  byId("tour").hidden = false;
}

export function wireTour() {
  byId("leave-tour").addEventListener("click", () => {
    localStorage.setItem("tour", "left");
    byId("tour").hidden = true;
    byId("language").focus();
  });
}
