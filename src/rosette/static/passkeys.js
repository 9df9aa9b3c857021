/*
 * Passkeys: a form asks the device, and sends what it says. `data-passkey` on a form is `get` (to
 * sign in) or `create` (to make one), and `data-options` the address that says what to ask.
 *
 * Without this script, or without a device that can do it, the form stays hidden.
 */

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", ask);
}

async function ask(event) {
  const form = event.currentTarget;
  if (form.elements.credential.value) return;
  event.preventDefault();
  const failed = form.querySelector("[data-failed]");
  failed.hidden = true;
  try {
    const credential = await answer(form);
    form.elements.credential.value = JSON.stringify(credential);
    form.requestSubmit();
  } catch {
    failed.hidden = false;
  }
}

async function answer(form) {
  const asked = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  if (!asked.ok || asked.redirected) throw new Error("no options");
  const { publicKey } = await asked.json();
  publicKey.challenge = bytes(publicKey.challenge);
  if (form.dataset.passkey === "get") {
    return described(await navigator.credentials.get({ publicKey }));
  }
  publicKey.user.id = bytes(publicKey.user.id);
  for (const known of publicKey.excludeCredentials ?? []) known.id = bytes(known.id);
  return described(await navigator.credentials.create({ publicKey }));
}

/** The credential as JSON (RegistrationResponseJSON, AuthenticationResponseJSON). */
function described(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
