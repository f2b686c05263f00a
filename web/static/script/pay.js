// The pay page around the card form. Nothing here decides that anything is paid: the page shows what /status says,
// and the server writes the words.
(() => {
  "use strict";

  /** Seconds between two looks at the status; the last one goes on. */
  const PAUSES = [1, 1, 1, 2, 2, 3, 5, 8, 10];
  /** The same where the last look did not get through. */
  const PAUSES_AFTER_FAILURE = [1, 2, 3, 5];
  /** And where nothing is expected: the payment may be made in another tab. */
  const IDLE_PAUSE = 7;
  /** How long, after the bank has sent the customer back, its answer is waited for before the form is offered. */
  const ANSWER_PATIENCE = 4000;
  const LONG_WAIT = 30000;
  /** A look that hangs must not hold up the next one for long. */
  const LOOK_LIMIT = 6000;
  const PAYABLE = ["pending", "failed", "canceled"];

  const { byId, chosen, renew, request } = PayRequests;

  const query = new URLSearchParams(location.search);
  // Stripe appends the client_secret: out of the address bar with it, before anything else happens.
  if (location.search) history.replaceState(null, "", location.pathname);
  keepLanguage();

  /** The one chosen at the foot of the page holds for this tab: reloaded, and back from the bank. */
  function keepLanguage() {
    try {
      if (chosen) sessionStorage.setItem("lang", chosen);
      const kept = sessionStorage.getItem("lang");
      if (chosen || !kept || kept === document.documentElement.lang) return;
      query.set("lang", kept);
      query.delete("payment_intent_client_secret");
      location.replace(`?${query}`);
    } catch {
      // Nothing may be kept here: the choice holds until the page is left.
    }
  }

  function start() {
    const main = document.querySelector("main");
    if (!main || !main.dataset.status) return;
    const base = main.dataset.base || "";
    const dark = matchMedia("(prefers-color-scheme: dark)");

    // ---- what is said ----
    let progress = "";
    let connection = "";
    /** What the server has to say where nothing is under way. */
    let note = byId("status").textContent || "";
    /** The last decline that the server told of. */
    let told = byId("alert").textContent;
    /** The status that the page is drawn for. */
    let drawnFor = main.dataset.status;

    /** @param {string} key */
    const text = (key) => PayStripe.written(`[data-text="${key}"]`);

    /** @param {string} words */
    function put(/** @type {string} */ id, words) {
      const place = byId(id);
      if (place.textContent !== words) place.textContent = words;
    }

    function putStatus() {
      // Without a form nothing here waits for the line.
      const key = (form.isThere() && connection) || progress;
      put("status", key ? text(key) : note);
    }

    /** @param {string} key */
    function say(key) {
      progress = key;
      putStatus();
    }

    /** @param {string} key */
    function sayConnection(key) {
      connection = key;
      putStatus();
    }

    /** @param {string} words @param {boolean} [calls] whether it must be seen now, and the button beneath it */
    function warn(words, calls = false) {
      const alert = byId("alert");
      put("alert", words);
      if (!words || !calls) return;
      alert.focus({ preventScroll: true });
      document.querySelector("#pay-form button[type=submit]")?.scrollIntoView({ block: "nearest" });
      alert.scrollIntoView({ block: "nearest" });
    }

    // ---- the status ----
    /** Waiting: an attempt was made and the database has not heard of its end yet. */
    let waiting = false;
    /** Whether Stripe itself has said that the money is on its way: then the form is not offered again. */
    let sent = false;
    let step = PAUSES.length;
    let misses = 0;
    let looking = false;
    let lookAgain = false;
    /** @type {number | undefined} */
    let lookTimer;
    /** @type {number | undefined} */
    let patienceTimer;

    function status() {
      return main?.dataset.status || "";
    }

    function lookNow() {
      step = 0;
      clearTimeout(lookTimer);
      void look();
    }

    async function look() {
      if (looking) {
        lookAgain = true;
        return;
      }
      looking = true;
      let pause = 0;
      try {
        // A line may be slow rather than dead.
        pause = await readStatus(LOOK_LIMIT * Math.min(1 + misses, 3));
        if (misses) void form.retry(false);
        misses = 0;
        sayConnection("");
      } catch {
        misses += 1;
        if (!navigator.onLine) sayConnection("offline");
        else if (misses > 1) sayConnection("unstable");
      }
      looking = false;
      clearTimeout(lookTimer);
      if (lookAgain) {
        lookAgain = false;
        lookTimer = setTimeout(look, 300);
        return;
      }
      lookTimer = setTimeout(look, 1000 * Math.max(nextPause(), pause));
    }

    function nextPause() {
      if (misses) return PAUSES_AFTER_FAILURE[Math.min(misses, PAUSES_AFTER_FAILURE.length) - 1];
      step += 1;
      if (step <= PAUSES.length) return PAUSES[step - 1];
      return waiting || main?.dataset.page === "done" ? PAUSES[PAUSES.length - 1] : IDLE_PAUSE;
    }

    /** Returns the seconds that the server wants us to wait. @param {number} limit */
    async function readStatus(limit) {
      const answer = await request(`${base}/status`, {}, limit);
      if (answer.status === 429) return Number(answer.headers.get("Retry-After")) || 5;
      if (!answer.ok) throw new Error("no status");
      const seen = await answer.json();
      if (seen.revision !== byId("state").dataset.revision) await readPage(limit);
      return 0;
    }

    /** The server writes the words: the page is read anew, and the parts that changed are put in place.
     * @param {number} limit */
    async function readPage(limit) {
      // In the language that the rest is in, whatever is chosen in the chat meanwhile.
      const answer = await request(location.pathname, {}, limit, document.documentElement.lang);
      if (!answer.ok && answer.status !== 410) throw new Error("no page");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const newMain = page.querySelector("main");
      const newState = page.getElementById("state");
      const newPay = page.getElementById("pay");
      if (!main || !newMain || !newState || !newPay) throw new Error("not the page");
      main.dataset.status = newMain.dataset.status;
      if (await isBehind()) return;
      const idle = waiting || document.activeElement === document.body;
      document.title = page.title;
      // What stands below stays where it is, however little there is to say now.
      main.style.minHeight = `${main.offsetHeight}px`;
      renew(page, "order");
      renew(page, "state");
      const said = page.getElementById("status")?.textContent || "";
      // The new form has brought a new intent with it: that the last one was canceled is news still.
      if (said || status() !== "pending" || drawnFor !== "canceled") note = said;
      moved(page, newPay, idle);
    }

    /** Whether the database may not have heard yet of what goes on here: "nothing was charged" is not said then, and
     * nobody is asked to pay once more. */
    async function isBehind() {
      if (![...PAYABLE, "expired"].includes(status())) return false;
      if (sent && !form.isBusy() && !(await form.isOver())) stopWaiting();
      return sent || form.isBusy();
    }

    /**
     * @param {Document} page
     * @param {HTMLElement} newPay
     * @param {boolean} idle whether nobody is typing, so that the focus may go to what is new
     */
    function moved(page, newPay, idle) {
      const hasForm = newPay.querySelector("form") !== null;
      const decline = newPay.querySelector("#alert")?.textContent || "";
      const isNews = hasForm && decline && decline !== told && decline !== byId("alert").textContent;
      told = decline;
      if (hasForm !== form.isThere()) {
        stopWaiting();
        progress = "";
        const hadFocus = form.leave();
        renew(page, "pay");
        if (hadFocus || idle) byId("state").focus({ preventScroll: true });
        const isTall = byId("state").offsetHeight > innerHeight;
        if (!hasForm) byId("state").scrollIntoView({ block: isTall ? "start" : "nearest" });
        if (hasForm) void form.open("");
      } else if (status() !== drawnFor && status() !== "pending") {
        stopWaiting();
        say("");
        // The intent behind the mounted form is dead: a fresh one.
        if (status() === "canceled") void form.open("fresh");
        else form.openIfClosed("");
      }
      if (!hasForm) renew(page, "pay");
      drawnFor = status();
      if (isNews) warn(decline, idle);
      putStatus();
      form.hold(waiting);
    }

    /** @param {number} patience milliseconds until the form is offered; 0 for never */
    function wait(patience) {
      waiting = true;
      say("waiting");
      form.hold(true);
      clearTimeout(patienceTimer);
      patienceTimer = setTimeout(patience ? offerForm : () => say("waiting_long"), patience || LONG_WAIT);
      lookNow();
    }

    function offerForm() {
      const why = status() === "pending" ? "no_answer" : "";
      stopWaiting();
      say(why);
      form.hold(false);
      form.openIfClosed(why);
    }

    function stopWaiting() {
      waiting = false;
      sent = false;
      clearTimeout(patienceTimer);
    }

    // ---- the form ----
    const form = payForm({
      say,
      warn,
      text,
      base,
      dark,
      scriptUrl: main.dataset.stripeJs || "",
      lookNow,
      sent() {
        sent = true;
        warn("");
        wait(0);
      },
    });

    // ---- the world around ----
    // What the browser believes of its line is often wrong: only a request that fails tells.
    addEventListener("offline", lookNow);
    addEventListener("online", () => {
      sayConnection("");
      lookNow();
      void form.retry(true);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") lookNow();
    });
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      // Back from the bank's page by the back button: whatever was under way here is over.
      form.rest();
      lookNow();
      void form.retry(true);
    });

    const cameBack = main.dataset.page === "done" && query.has("payment_intent");
    if (cameBack && form.isThere() && query.get("redirect_status") !== "failed") {
      wait(ANSWER_PATIENCE);
    } else {
      if (form.isThere()) void form.open("");
      if (main.dataset.page === "done") warn(byId("alert").textContent || "", true);
      if (main.dataset.page === "done") lookNow();
      else lookTimer = setTimeout(look, 1000 * IDLE_PAUSE);
    }
  }

  start();
})();
