/*
 * A QR code before the camera becomes the text of the field that `data-camera` names, and the form is
 * sent. By the browser's own BarcodeDetector where it has one, else by jsQR (`data-decoder`), which
 * is fetched when it is needed. Pictures stay in the page.
 *
 * Parts with `data-on` are seen while it looks, those with `data-off` while it does not; of those
 * with `data-failed`, the one that names the error (W3C, "Media Capture and Streams", 10.3), else
 * the one that names none.
 */

const PAUSE_MS = 150;

for (const place of document.querySelectorAll("[data-camera]")) {
  if (!navigator.mediaDevices?.getUserMedia) continue; // an old browser, or no https
  place.hidden = false;
  let stop = null;
  place.querySelector("button").addEventListener("click", () => {
    if (stop) stop();
    else stop = look(place, () => { stop = null; });
  });
}

/** Look until a code is read or it fails; gives what stops it before. `over` is called at the end. */
function look(place, over) {
  const video = place.querySelector("video");
  let stream;
  let isOver = false;
  const stop = () => {
    if (isOver) return;
    isOver = true;
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    video.hidden = true;
    show(place, "on", false);
    show(place, "off", true);
    over();
  };

  async function read() {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const decoded = await reader(place.dataset.decoder);
    if (isOver) {
      stream.getTracks().forEach((track) => track.stop());
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    while (!isOver) {
      const text = await decoded(video);
      if (text && !isOver) {
        stop();
        show(place, "read", true);
        const field = document.getElementById(place.dataset.camera);
        field.value = text;
        field.form.requestSubmit();
        return;
      }
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  show(place, "failed", false);
  show(place, "read", false);
  show(place, "off", false);
  show(place, "on", true);
  read().catch((error) => {
    if (isOver) return;
    stop();
    const failures = [...place.querySelectorAll("[data-failed]")];
    (failures.find(({ dataset }) => dataset.failed === error.name) ?? failures.at(-1)).hidden = false;
  });
  return stop;
}

function show(place, part, isSeen) {
  for (const element of place.querySelectorAll(`[data-${part}]`)) element.hidden = !isSeen;
}

/** What reads the code in a picture: a function of the video, to its text or nothing. */
async function reader(decoder) {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats?.()) ?? [];
  if (formats.includes("qr_code")) {
    const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  await import(decoder); // which leaves itself as `jsQR`
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (!video.videoWidth) return undefined;
    const scale = Math.min(1, 800 / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, canvas.width, canvas.height)?.data;
  };
}
