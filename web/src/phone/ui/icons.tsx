import arrowRight from "lucide-static/icons/arrow-right.svg?raw";
import building from "lucide-static/icons/building-2.svg?raw";
import camera from "lucide-static/icons/camera.svg?raw";
import chevronLeft from "lucide-static/icons/chevron-left.svg?raw";
import chevronRight from "lucide-static/icons/chevron-right.svg?raw";
import circleAlert from "lucide-static/icons/circle-alert.svg?raw";
import circleCheck from "lucide-static/icons/circle-check.svg?raw";
import circleDashed from "lucide-static/icons/circle-dashed.svg?raw";
import crosshair from "lucide-static/icons/crosshair.svg?raw";
import listChecks from "lucide-static/icons/list-checks.svg?raw";
import locate from "lucide-static/icons/locate-fixed.svg?raw";
import logOut from "lucide-static/icons/log-out.svg?raw";
import map from "lucide-static/icons/map.svg?raw";
import minus from "lucide-static/icons/minus.svg?raw";
import navigation from "lucide-static/icons/navigation.svg?raw";
import phone from "lucide-static/icons/phone.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";
import send from "lucide-static/icons/send.svg?raw";
import settings from "lucide-static/icons/settings.svg?raw";
import split from "lucide-static/icons/split.svg?raw";
import trash from "lucide-static/icons/trash-2.svg?raw";
import users from "lucide-static/icons/users.svg?raw";
import wifiOff from "lucide-static/icons/wifi-off.svg?raw";
import x from "lucide-static/icons/x.svg?raw";

const ICONS = { arrowRight, building, camera, chevronLeft, chevronRight, circleAlert, circleCheck, circleDashed, crosshair, listChecks, locate, logOut, map, minus, navigation, phone, plus, send, settings, split, trash, users, wifiOff, x };
export type PhoneIcon = keyof typeof ICONS;

/** A picture beside words; what it means is said there. */
export function Icon({ name, turn }: { name: PhoneIcon; turn?: number }) {
  const svg = ICONS[name].replace(/<!--.*?-->\s*/s, "").replace(/(width|height)="24"/g, "").replace('stroke-width="2"', 'stroke-width="1.75"');
  // The turn is set by script: the content policy allows no style attributes in markup.
  return <span class="icon" aria-hidden="true" ref={(element) => { if (element && turn !== undefined) element.style.transform = `rotate(${turn}deg)`; }} dangerouslySetInnerHTML={{ __html: svg }} />;
}
