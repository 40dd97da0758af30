const LONGEST = 1600;
const QUALITY = 0.82;
/** Above this the server refuses; a picture made small here is far below. */
const MOST_BYTES = 12_000_000;

/**
 * Make a photo small before it is kept: the longest side 1,600 px, JPEG. The browser also turns kinds that only it
 * can read (HEIC) into JPEG on the way, and place and time that the camera wrote stay behind.
 */
export async function small(file: Blob): Promise<Blob> {
  const picture = await decoded(file);
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("no canvas");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (made === null || made.size > MOST_BYTES) throw new Error("no picture");
  return made;
}

function decoded(file: Blob): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(file);
    const image = new Image();
    image.onload = () => {
      URL.revokeObjectURL(address);
      if (image.naturalWidth === 0) reject(new Error("no picture"));
      else resolve(image);
    };
    image.onerror = () => {
      URL.revokeObjectURL(address);
      reject(new Error("no picture"));
    };
    image.src = address;
  });
}
