/*
 * A QR code before the camera becomes the text of the field that `data-camera` names, and the form is
 * sent. By the browser's own BarcodeDetector where it has one, else by jsQR (`data-decoder`), which
 * is fetched when it is needed. Pictures stay in the page.
 */

for (const place of document.querySelectorAll("[data-camera]")) {
  if (!navigator.mediaDevices?.getUserMedia) continue;
  place.hidden = false;
  const button = place.querySelector("button");
  button.addEventListener("click", () => (place.stop ? place.stop() : start(place, button)));
}

async function start(place, button) {
  const video = place.querySelector("video");
  const looking = place.querySelector("[data-looking]");
  const failed = place.querySelector("[data-failed]");
  failed.hidden = true;
  let stream;
  let isOver = false;
  place.stop = () => {
    isOver = true;
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    video.hidden = looking.hidden = true;
    button.setAttribute("aria-expanded", "false");
    place.stop = undefined;
  };
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const read = await reader(place.dataset.decoder);
    if (isOver) {
      stream.getTracks().forEach((track) => track.stop());
      return;
    }
    video.srcObject = stream;
    video.hidden = looking.hidden = false;
    button.setAttribute("aria-expanded", "true");
    await video.play();
    while (!isOver) {
      const text = await read(video);
      if (text && !isOver) {
        place.stop();
        const field = document.getElementById(place.dataset.camera);
        field.value = text;
        field.form.requestSubmit();
        return;
      }
      await new Promise((done) => setTimeout(done, 150));
    }
  } catch {
    place.stop?.();
    failed.hidden = false;
  }
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
