"use strict";

// A public client: everything it knows is in this tab, and there is no secret in it. PKCE is all that binds a code to it.
const app = document.body.dataset;
const redirectUri = `${location.origin}/callback`;
const told = document.getElementById("told");
const buttons = { login: document.getElementById("login"), more: document.getElementById("more"), goOn: document.getElementById("go-on") };
// In memory only: what another script or the next person at this browser could read, is not kept.
let tokens = null;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const say = (words) => { told.textContent = words; };

async function logIn() {
  const [state, verifier] = [random(), random()];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  sessionStorage.setItem("pending", JSON.stringify({ state, verifier }));
  const request = new URLSearchParams({
    response_type: "code",
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: "profile mail.read",
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`${app.authorize}?${request}`);
}

async function ask(fields) {
  const answer = await fetch(app.token, { method: "POST", body: new URLSearchParams({ client_id: app.clientId, ...fields }), credentials: "omit" });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`The provider refused: ${body.error} (${body.error_description ?? "no reason given"}).`);
  tokens = body;
}

async function call(path) {
  const answer = await fetch(app.resource + path, { headers: { authorization: `Bearer ${tokens.access_token}` }, credentials: "omit" });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`The API refused: ${body.error} (${body.error_description ?? "no reason given"}).`);
  return body;
}

// The state is good for one answer, and is gone before the code is redeemed.
function takePending(answer) {
  const pending = JSON.parse(sessionStorage.getItem("pending") ?? "null");
  if (pending === null || answer.get("state") !== pending.state || answer.get("iss") !== app.issuer) return null;
  sessionStorage.removeItem("pending");
  return pending;
}

async function redeem(code, verifier) {
  say("Redeeming the code.");
  await ask({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier });
  // Whoever unticked that scope is logged in all the same.
  const profile = await call("/userinfo").catch(() => ({ name: "somebody, whose name this app may not see" }));
  document.getElementById("who").textContent = profile.name;
  document.getElementById("scope").textContent = tokens.scope;
  buttons.login.hidden = true;
  buttons.more.hidden = false;
  say(`You are logged in as ${profile.name}.`);
}

async function start() {
  if (location.pathname !== "/callback") return;
  const answer = new URLSearchParams(location.search);
  history.replaceState(null, "", "/");
  const pending = takePending(answer);
  if (pending === null) return say("This answer does not belong to a login that this tab began. It was not used.");
  if (answer.has("error")) return say(`The provider did not let the app in: ${answer.get("error")}.`);
  if (!answer.has("code")) return say("The answer has no code.");
  const goOn = () => redeem(answer.get("code"), pending.verifier);
  if (app.intercepted !== "true") return goOn();
  say("The thief has seen this code. Let them try first, or let the app go on.");
  buttons.goOn.hidden = false;
  buttons.goOn.addEventListener("click", () => { buttons.goOn.hidden = true; attempt(goOn); }, { once: true });
}

function words(fault) {
  if (fault instanceof TypeError) return "The provider or the API cannot be reached from this page.";
  if (fault.name === "SecurityError") return "Your browser keeps nothing for this page, so the app could not know its own login again. Allow cookies and site data here.";
  return fault.message;
}

async function attempt(act) {
  try {
    await act();
  } catch (fault) {
    say(words(fault));
  }
}

async function showMail() {
  const list = document.getElementById("mail");
  const { messages } = await call("/messages");
  list.replaceChildren(...messages.map((mail) => {
    const item = document.createElement("li");
    item.textContent = `${mail.from}: ${mail.subject}`;
    return item;
  }));
  say(`${messages.length} messages.`);
}

async function refresh() {
  await ask({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  say("The app has a new pair of tokens. The old refresh token is used up.");
}

const forget = () => {
  tokens = null;
  location.assign("/");
};

const clicks = { "log-in": logIn, "show-mail": showMail, refresh, forget };
for (const [id, act] of Object.entries(clicks)) document.getElementById(id).addEventListener("click", () => attempt(act));
attempt(start);
