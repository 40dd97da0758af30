import { useEffect, useState } from "preact/hooks";
import { small } from "../photo";
import { say } from "../words";
import { Icon } from "./icons";
import { tell } from "./toast";

export const MOST_PHOTOS = 6;
/** Photos that are being made small: what they belong to goes out after that. */
let preparing: Promise<unknown> = Promise.resolve();

/** Settles once every photo that was taken is there, or was told to be none. */
export async function photosReady(): Promise<void> {
  for (let now: Promise<unknown> | null = null; now !== preparing; ) {
    now = preparing;
    await now;
  }
}

interface PhotoRowProps {
  photos: readonly Blob[];
  /** Change what there is by now: photos are made small one after the other. */
  change: (next: (before: readonly Blob[]) => Blob[]) => void;
}

/** Photos as they are taken, each to be dropped again. */
export function PhotoRow({ photos, change }: PhotoRowProps) {
  const [shown, show] = useState<string[]>([]);
  useEffect(() => {
    const made = photos.map((photo) => URL.createObjectURL(photo));
    show(made);
    return () => made.forEach((address) => URL.revokeObjectURL(address));
  }, [photos]);
  const add = async (files: FileList | null): Promise<void> => {
    for (const file of Array.from(files ?? []).slice(0, MOST_PHOTOS - photos.length)) {
      try {
        const made = await small(file);
        change((before) => [...before, made].slice(0, MOST_PHOTOS));
      } catch {
        tell(say("report_photo_bad"), true);
      }
    }
  };
  return (
    <div class="photos">
      {shown.map((address, n) => (
        <div class="photo" key={address}>
          <img src={address} alt={`${say("photo_of")} ${n + 1}`} />
          <button type="button" class="round" aria-label={say("report_photo_drop")} onClick={() => change((before) => before.filter((_, i) => i !== n))}><Icon name="x" /></button>
        </div>
      ))}
      {photos.length < MOST_PHOTOS && (
        <label class="photo-add">
          <Icon name="camera" />
          {say(photos.length === 0 ? "report_photo" : "report_photo_more")}
          <input type="file" accept="image/*" capture="environment" onChange={(event) => { const input = event.currentTarget; preparing = Promise.all([preparing, add(input.files)]).then(() => (input.value = "")); }} />
        </label>
      )}
    </div>
  );
}

/** Photos as they go out after what they belong to, in order. */
export function photoEntries(id: string, path: string, photos: readonly Blob[], label: string) {
  return photos.map((photo, n) => ({ id, kind: "photo" as const, method: "PUT" as const, path: `${path}/photos/${n}`, photo, label: `${label} · ${say("photo_of")} ${n + 1}` }));
}
