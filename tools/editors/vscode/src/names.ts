// Words of strangers, made safe to show: projects, models and paths come from transcripts, which can hold anything.
//
// Invariant: what is returned has no control, bidirectional, invisible or line-separating character, only visible escapes;
// a name is bounded, and a message is whole. `inMarkdown` is in addition no markup: no link, no image, no HTML, no icon;
// `inLabel` has no icon, and `inNotice` no link. Pure.

const NAME_LETTERS_MAX = 48;
const ELLIPSIS = "…";
const HOSTILE = /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;
const MARKUP = /[\\`*_{}[\]()#+\-.!|<>~&$:@/="'^]/g;

/** One line of plain text; of one that is too long for a name, the middle is cut out, because names differ at their ends. */
export function plain(name: string): string {
  const letters = [...name];
  if (letters.length <= NAME_LETTERS_MAX) return escaped(name);
  const half = Math.floor((NAME_LETTERS_MAX - 1) / 2);
  return escaped(letters.slice(0, half).join("")) + ELLIPSIS + escaped(letters.slice(-half).join(""));
}

/** A name as text in Markdown. */
export function inMarkdown(name: string): string {
  return messageInMarkdown(plain(name));
}

/** A whole message as text in Markdown: each character that could be markup is an entity. */
export function messageInMarkdown(message: string): string {
  return escaped(message).replace(MARKUP, (letter) => `&#${letter.codePointAt(0)};`);
}

/** A whole message as a label, in which `$(…)` would be an icon. */
export function inLabel(message: string): string {
  return escaped(message).replaceAll("$(", "$ (");
}

/** What a program said as a notification, in which `[…](…)` would be a link. */
export function inNotice(message: string): string {
  return escaped(message.trim().replace(/\s*\n\s*/g, " ")).replaceAll("](", "] (");
}

function escaped(text: string): string {
  return text.replace(HOSTILE, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);
}
