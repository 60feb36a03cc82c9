// The extension: reads the snapshot while the editor runs, and shows it.
//
// Invariant: what is shown is `view(reading, now, options)`; this file only gathers these and passes them on. A read that
// fails is shown, and does not end the loop.

import * as vscode from "vscode";
import { defaultPath } from "cco-reader";
import { Item } from "./item.js";
import { inLabel } from "./names.js";
import { startPublisher } from "./publisher.js";
import { type Reading, Source } from "./reading.js";
import { summary } from "./summary.js";
import { type Options, type Part, view } from "./view.js";

/** Often enough to show a change within a second; a read that finds nothing new takes microseconds. */
const READ_EVERY_MS = 250;

export function activate(context: vscode.ExtensionContext): void {
  const extension = new Extension();
  const commands = {
    "cco.summary": () => extension.summary(),
    "cco.startPublisher": () => extension.start(),
    "cco.monitor": () => extension.run("monitor"),
    "cco.daily": () => extension.run("daily"),
  };
  context.subscriptions.push(
    extension,
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run)),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("cco") && extension.configure()),
  );
  extension.configure();
  if (settings().get("startPublisher", false) && !extension.isLive) void extension.start();
}

class Extension {
  #source = new Source(undefined);
  #item: Item | undefined;
  #reading: Reading = this.#source.read();
  readonly #timer = setInterval(() => this.#show(), READ_EVERY_MS);

  get isLive(): boolean {
    return this.#reading.kind === "usage" && this.#reading.freshness.publisher === "live";
  }

  /** Takes the settings, at the start and whenever they change. */
  configure(): void {
    this.#source.close();
    this.#source = new Source(settings().get("snapshot", "") || defaultPath());
    this.#item?.dispose();
    this.#item = new Item(settings().get("statusBar.alignment", "right"), settings().get("statusBar.priority", 90));
    this.#show();
  }

  #show(): void {
    this.#reading = this.#source.read();
    this.#item?.show(view(this.#reading, BigInt(Date.now()), options()));
  }

  async summary(): Promise<void> {
    const lines = summary(this.#reading, BigInt(Date.now()), folder()).map(({ isHeading, ...line }) => ({
      ...line,
      kind: isHeading ? vscode.QuickPickItemKind.Separator : vscode.QuickPickItemKind.Default,
    }));
    const chosen = await vscode.window.showQuickPick(lines, { title: "Claude Code usage", placeHolder: "Usage, limits and what to do", matchOnDescription: true });
    if (chosen?.command) await vscode.commands.executeCommand(chosen.command);
  }

  async start(): Promise<void> {
    try {
      const said = await startPublisher(program());
      vscode.window.setStatusBarMessage(`cco: ${inLabel(said) || "the publisher runs"}`, 5000);
    } catch (error) {
      await vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  run(command: string): void {
    const terminal = vscode.window.createTerminal({ name: `cco ${command}`, shellPath: program(), shellArgs: [command] });
    terminal.show();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#source.close();
    this.#item?.dispose();
  }
}

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration("cco");
}

function program(): string {
  return settings().get("program", "") || "cco";
}

/** The folder of the active editor, else the first one, if it is on this machine. */
function folder(): string | undefined {
  const active = vscode.window.activeTextEditor?.document.uri;
  const found = (active && vscode.workspace.getWorkspaceFolder(active)) ?? vscode.workspace.workspaceFolders?.[0];
  return found?.uri.scheme === "file" ? found.uri.fsPath : undefined;
}

function options(): Options {
  const get = <T>(name: string, otherwise: T) => settings().get(name, otherwise);
  return {
    shows: get<Part[]>("statusBar.shows", ["today"]),
    folder: folder(),
    limits: { warning: get("limits.warning", 70), error: get("limits.error", 90) },
    today: { warning: get("today.warning", 0), error: get("today.error", 0) },
  };
}
