import { iconSvg, type IconName } from "./icons";

/** A decorative icon; what it means is said by its button or by the text beside it. */
export function Icon({ name, class: extra }: { name: IconName; class?: string }) {
  return <span class={extra === undefined ? "icon" : `icon ${extra}`} dangerouslySetInnerHTML={{ __html: iconSvg(name) }} />;
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick: () => void;
  class?: string;
  pressed?: boolean;
  expanded?: boolean;
}

export function IconButton({ icon, label, onClick, class: extra, pressed, expanded }: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${extra ?? ""}`}
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
