// The status bar item: puts a view into the editor.
//
// Invariant: the item changes only if the view does, so an open tooltip stays where it is. Used by the extension.

import * as vscode from "vscode";
import type { View } from "./view.js";

const BACKGROUNDS = { none: undefined, warning: "statusBarItem.warningBackground", error: "statusBarItem.errorBackground" };

export class Item {
  readonly #item: vscode.StatusBarItem;
  #shown = "";

  constructor(alignment: string, priority: number) {
    const side = alignment === "left" ? vscode.StatusBarAlignment.Left : vscode.StatusBarAlignment.Right;
    this.#item = vscode.window.createStatusBarItem("cco.usage", side, priority);
    this.#item.name = "Claude Code usage";
    this.#item.command = "cco.summary";
    this.#item.show();
  }

  show(view: View): void {
    const now = JSON.stringify(view);
    if (now === this.#shown) return;
    this.#shown = now;
    const tooltip = new vscode.MarkdownString(view.tooltip);
    // Links work to these commands and to nothing else.
    tooltip.isTrusted = view.commands.length ? { enabledCommands: view.commands } : false;
    const background = BACKGROUNDS[view.background];
    this.#item.text = view.text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: view.label, role: "button" };
    this.#item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
  }

  dispose(): void {
    this.#item.dispose();
  }
}
