import armchair from "lucide-static/icons/armchair.svg?raw";
import baby from "lucide-static/icons/baby.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import chevronDown from "lucide-static/icons/chevron-down.svg?raw";
import chevronRight from "lucide-static/icons/chevron-right.svg?raw";
import circleAlert from "lucide-static/icons/circle-alert.svg?raw";
import copy from "lucide-static/icons/copy.svg?raw";
import cross from "lucide-static/icons/cross.svg?raw";
import database from "lucide-static/icons/database.svg?raw";
import externalLink from "lucide-static/icons/external-link.svg?raw";
import footprints from "lucide-static/icons/footprints.svg?raw";
import info from "lucide-static/icons/info.svg?raw";
import landmark from "lucide-static/icons/landmark.svg?raw";
import layers from "lucide-static/icons/layers.svg?raw";
import mapPin from "lucide-static/icons/map-pin.svg?raw";
import maximize from "lucide-static/icons/maximize.svg?raw";
import minus from "lucide-static/icons/minus.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";
import refresh from "lucide-static/icons/refresh-cw.svg?raw";
import search from "lucide-static/icons/search.svg?raw";
import shield from "lucide-static/icons/shield.svg?raw";
import shoppingBasket from "lucide-static/icons/shopping-basket.svg?raw";
import type from "lucide-static/icons/a-large-small.svg?raw";
import unplug from "lucide-static/icons/unplug.svg?raw";
import x from "lucide-static/icons/x.svg?raw";

const ICONS = {
  armchair, baby, check, chevronDown, chevronRight, circleAlert, copy, cross, database, externalLink, footprints, info,
  landmark, layers, mapPin, maximize, minus, plus, refresh, search, shield, shoppingBasket, type, unplug, x,
};

export type IconName = keyof typeof ICONS;

/** The icon as markup, thin strokes, sized by its font. */
export function iconSvg(name: IconName): string {
  return ICONS[name]
    .replace(/<!--[\s\S]*?-->\s*/, "")
    .replace('stroke-width="2"', 'stroke-width="1.5"')
    .replace("<svg", '<svg aria-hidden="true" focusable="false"');
}
