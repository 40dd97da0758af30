import armchair from "lucide-static/icons/armchair.svg?raw";
import arrowUp from "lucide-static/icons/arrow-big-up.svg?raw";
import baby from "lucide-static/icons/baby.svg?raw";
import ban from "lucide-static/icons/ban.svg?raw";
import chartLine from "lucide-static/icons/chart-line.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import chevronDown from "lucide-static/icons/chevron-down.svg?raw";
import chevronRight from "lucide-static/icons/chevron-right.svg?raw";
import circleAlert from "lucide-static/icons/circle-alert.svg?raw";
import circleCheck from "lucide-static/icons/circle-check.svg?raw";
import circleDashed from "lucide-static/icons/circle-dashed.svg?raw";
import circleX from "lucide-static/icons/circle-x.svg?raw";
import clock from "lucide-static/icons/clock.svg?raw";
import contact from "lucide-static/icons/contact-round.svg?raw";
import copy from "lucide-static/icons/copy.svg?raw";
import cross from "lucide-static/icons/cross.svg?raw";
import database from "lucide-static/icons/database.svg?raw";
import handOver from "lucide-static/icons/arrow-right-left.svg?raw";
import standIn from "lucide-static/icons/calendar-clock.svg?raw";
import download from "lucide-static/icons/download.svg?raw";
import externalLink from "lucide-static/icons/external-link.svg?raw";
import eye from "lucide-static/icons/eye.svg?raw";
import eyeOff from "lucide-static/icons/eye-off.svg?raw";
import fileSearch from "lucide-static/icons/file-search.svg?raw";
import footprints from "lucide-static/icons/footprints.svg?raw";
import info from "lucide-static/icons/info.svg?raw";
import keyRound from "lucide-static/icons/key-round.svg?raw";
import landmark from "lucide-static/icons/landmark.svg?raw";
import layers from "lucide-static/icons/layers.svg?raw";
import link from "lucide-static/icons/link.svg?raw";
import lock from "lucide-static/icons/lock.svg?raw";
import logOut from "lucide-static/icons/log-out.svg?raw";
import mapPin from "lucide-static/icons/map-pin.svg?raw";
import mapPinned from "lucide-static/icons/map-pinned.svg?raw";
import maximize from "lucide-static/icons/maximize.svg?raw";
import minus from "lucide-static/icons/minus.svg?raw";
import pencil from "lucide-static/icons/pencil.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";
import refresh from "lucide-static/icons/refresh-cw.svg?raw";
import rotate from "lucide-static/icons/rotate-ccw.svg?raw";
import scroll from "lucide-static/icons/scroll-text.svg?raw";
import search from "lucide-static/icons/search.svg?raw";
import serverCog from "lucide-static/icons/server-cog.svg?raw";
import shield from "lucide-static/icons/shield.svg?raw";
import shieldCheck from "lucide-static/icons/shield-check.svg?raw";
import shieldUser from "lucide-static/icons/shield-user.svg?raw";
import shoppingBasket from "lucide-static/icons/shopping-basket.svg?raw";
import smartphone from "lucide-static/icons/smartphone.svg?raw";
import stamp from "lucide-static/icons/stamp.svg?raw";
import terminal from "lucide-static/icons/terminal.svg?raw";
import triangleAlert from "lucide-static/icons/triangle-alert.svg?raw";
import type from "lucide-static/icons/a-large-small.svg?raw";
import unplug from "lucide-static/icons/unplug.svg?raw";
import user from "lucide-static/icons/user-round.svg?raw";
import userPlus from "lucide-static/icons/user-plus.svg?raw";
import users from "lucide-static/icons/users.svg?raw";
import waypoints from "lucide-static/icons/waypoints.svg?raw";
import x from "lucide-static/icons/x.svg?raw";
import arrowLeft from "lucide-static/icons/arrow-left.svg?raw";
import brush from "lucide-static/icons/paintbrush.svg?raw";
import pointer from "lucide-static/icons/mouse-pointer-2.svg?raw";
import squareDashed from "lucide-static/icons/square-dashed.svg?raw";
import route from "lucide-static/icons/route.svg?raw";
import merge from "lucide-static/icons/merge.svg?raw";
import scissors from "lucide-static/icons/scissors-line-dashed.svg?raw";
import lasso from "lucide-static/icons/lasso.svg?raw";
import house from "lucide-static/icons/building-2.svg?raw";
import eraser from "lucide-static/icons/eraser.svg?raw";
import skip from "lucide-static/icons/skip-forward.svg?raw";
import unlink from "lucide-static/icons/unlink.svg?raw";
import lockOpen from "lucide-static/icons/lock-open.svg?raw";
import undo from "lucide-static/icons/undo-2.svg?raw";
import redo from "lucide-static/icons/redo-2.svg?raw";
import plusCircle from "lucide-static/icons/circle-plus.svg?raw";
import wand from "lucide-static/icons/wand-sparkles.svg?raw";
import gitBranch from "lucide-static/icons/git-branch.svg?raw";
import history from "lucide-static/icons/history.svg?raw";
import scale from "lucide-static/icons/scale.svg?raw";
import fileText from "lucide-static/icons/file-text.svg?raw";
import crosshair from "lucide-static/icons/crosshair.svg?raw";
import drafting from "lucide-static/icons/drafting-compass.svg?raw";
import cloudOff from "lucide-static/icons/cloud-off.svg?raw";
import lightbulb from "lucide-static/icons/lightbulb.svg?raw";
import trash from "lucide-static/icons/trash-2.svg?raw";
import ruler from "lucide-static/icons/ruler.svg?raw";
import mapPinPlus from "lucide-static/icons/map-pin-plus.svg?raw";
import mapPinOff from "lucide-static/icons/map-pin-off.svg?raw";
import move from "lucide-static/icons/move.svg?raw";
import gauge from "lucide-static/icons/gauge.svg?raw";
import doorOpen from "lucide-static/icons/door-open.svg?raw";
import siren from "lucide-static/icons/siren.svg?raw";
import image from "lucide-static/icons/image.svg?raw";
import calendar from "lucide-static/icons/calendar-check.svg?raw";

const ICONS = {
  armchair, arrowUp, baby, ban, chartLine, check, chevronDown, chevronRight, circleAlert, circleCheck, circleDashed,
  circleX, clock, copy, cross, database, download, externalLink, eye, eyeOff, fileSearch, footprints, info, keyRound,
  landmark, layers, link, lock, logOut, mapPin, mapPinned, maximize, minus, pencil, plus, refresh, rotate, scroll,
  search, serverCog, shield, shieldCheck, shieldUser, shoppingBasket, smartphone, stamp, terminal, triangleAlert,
  type, unplug, user, userPlus, users, waypoints, x,
  arrowLeft, brush, pointer, squareDashed, route, merge, scissors, lasso, house, eraser, skip, unlink, lockOpen, undo,
  redo, plusCircle, wand, gitBranch, history, scale, fileText, crosshair, drafting, cloudOff, lightbulb, trash, calendar, ruler, mapPinPlus,
  mapPinOff, move, gauge, doorOpen, contact, handOver, standIn, siren, image,
};

export type IconName = keyof typeof ICONS;

/** The icon as markup, thin strokes, sized by its font. */
export function iconSvg(name: IconName): string {
  return ICONS[name]
    .replace(/<!--[\s\S]*?-->\s*/, "")
    .replace('stroke-width="2"', 'stroke-width="1.5"')
    .replace("<svg", '<svg aria-hidden="true" focusable="false"');
}
