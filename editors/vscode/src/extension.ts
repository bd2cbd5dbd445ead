// The extension: finds the server, starts it, and shows what it draws.

import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  LanguageClientOptions,
  ServerOptions,
  State,
} from 'vscode-languageclient/node';

const SECTION = 'bicepRaceLint';
const LANGUAGES = ['bicep', 'bicep-params'];
const MICROSOFT = 'ms-azuretools.vscode-bicep';
/** After more failures in a row than this the server is not started again by itself. */
const MOST_FAILURES = 4;

let client: LanguageClient | undefined;
let output: vscode.LogOutputChannel;
let status: vscode.LanguageStatusItem;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  output = vscode.window.createOutputChannel('Bicep Race Lint', { log: true });
  status = vscode.languages.createLanguageStatusItem('bicepRaceLint', [...LANGUAGES]);
  status.name = 'Bicep Race Lint';
  status.command = { command: 'bicepRaceLint.showOutput', title: 'Show output' };
  const command = (name: string, run: (...values: never[]) => unknown) =>
    context.subscriptions.push(vscode.commands.registerCommand(`bicepRaceLint.${name}`, run));
  command('showGraph', () => showPicture('graph', 'Graph'));
  command('showTimeline', () => showPicture('timeline', 'Timeline'));
  command('showReport', showReport);
  command('explain', () => explain());
  command('restart', () => restart(context));
  command('showOutput', () => output.show());
  command('showWriters', showWriters);
  context.subscriptions.push(
    output,
    status,
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration(`${SECTION}.path`)) {
        await restart(context);
      } else if (change.affectsConfiguration(SECTION)) {
        await client?.sendNotification('workspace/didChangeConfiguration', { settings: settings() });
      }
    }),
    // Microsoft's extension may be installed or removed; messages that it shows are not repeated.
    vscode.extensions.onDidChange(() => client?.sendNotification('workspace/didChangeConfiguration', { settings: settings() })),
    vscode.workspace.onDidGrantWorkspaceTrust(() => restart(context)),
  );
  await start(context);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

/** What the server is told of the settings. */
function settings(): object {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const messages = configuration.get<string>('compilerMessages', 'auto');
  return {
    level: configuration.get('level'),
    baseline: configuration.get('baseline'),
    inlayHints: configuration.get('inlayHints'),
    codeLens: configuration.get('codeLens'),
    compilerMessages: messages === 'on' || (messages === 'auto' && !vscode.extensions.getExtension(MICROSOFT)),
  };
}

/** The program: the one of the settings, the one that comes with the extension, or the one on PATH. */
function program(context: vscode.ExtensionContext): string {
  // A folder that is not trusted has no say in this: VS Code leaves its value out.
  const named = vscode.workspace.getConfiguration(SECTION).get<string>('path', '').trim();
  if (named) {
    return named;
  }
  const name = process.platform === 'win32' ? 'bicep-race-lint.exe' : 'bicep-race-lint';
  const bundled = context.asAbsolutePath(path.join('server', name));
  return fs.existsSync(bundled) ? bundled : name;
}

async function start(context: vscode.ExtensionContext): Promise<void> {
  const command = program(context);
  const server: ServerOptions = { command, args: ['lsp'] };
  let failures = 0;
  const options: LanguageClientOptions = {
    documentSelector: LANGUAGES.flatMap((language) => [
      { language, scheme: 'file' },
      { language, scheme: 'untitled' },
    ]),
    initializationOptions: settings(),
    outputChannel: output,
    traceOutputChannel: output,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue }),
      closed: () => {
        failures += 1;
        const action = failures > MOST_FAILURES ? CloseAction.DoNotRestart : CloseAction.Restart;
        return { action };
      },
    },
    middleware: {
      // The settings that the server asks for hold one that depends on other extensions.
      workspace: { configuration: (params) => params.items.map(() => settings()) },
      // The light bulb names one declaration; the other one is asked here.
      executeCommand: (name, values, next) =>
        name === 'bicepRaceLint.explainPair' && values.length === 2 ? explain(values[0], values[1]) : next(name, values),
    },
  };
  client = new LanguageClient('bicepRaceLint', 'Bicep Race Lint', server, options);
  client.onDidChangeState(({ newState }) => {
    status.busy = newState === State.Starting;
    status.severity =
      newState === State.Stopped ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    status.text = newState === State.Running ? 'Races are checked' : newState === State.Starting ? 'Starting' : 'Not running';
  });
  try {
    await client.start();
    status.detail = client.initializeResult?.serverInfo?.version;
  } catch (error) {
    output.error(String(error));
    const choice = await vscode.window.showErrorMessage(
      `\`${command}\` cannot be started: ${error instanceof Error ? error.message : error}`,
      'Set the path',
      'Show output',
    );
    if (choice === 'Set the path') {
      await vscode.commands.executeCommand('workbench.action.openSettings', `${SECTION}.path`);
    } else if (choice === 'Show output') {
      output.show();
    }
  }
}

async function restart(context: vscode.ExtensionContext): Promise<void> {
  const old = client;
  client = undefined;
  try {
    await old?.dispose();
  } catch (error) {
    output.warn(String(error));
  }
  await start(context);
}

/** The file in front, where the server knows it. */
function current(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document && LANGUAGES.includes(document.languageId) ? document : undefined;
}

async function ask<T>(name: string, ...values: string[]): Promise<T | undefined> {
  if (!client?.isRunning()) {
    await vscode.window.showWarningMessage('Bicep Race Lint is not running.');
    return undefined;
  }
  try {
    return await client.sendRequest(ExecuteCommandRequest.type, { command: `bicepRaceLint.${name}`, arguments: values });
  } catch (error) {
    await vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

interface Picture {
  title: string;
  svg: string;
}

/** Shows a picture beside the file, and draws it anew when the file is saved. */
async function showPicture(kind: 'graph' | 'timeline', title: string): Promise<void> {
  const document = current();
  const picture = document && (await ask<Picture>(kind, uriOf(document)));
  if (!document || !picture) {
    return;
  }
  const view = panel(`bicepRaceLint.${kind}`, `${title}: ${picture.title}`);
  const draw = (svg: string) => {
    view.webview.html = pictureHtml(svg, kind);
  };
  draw(picture.svg);
  const saved = vscode.workspace.onDidSaveTextDocument(async (changed) => {
    if (changed.uri.toString() === document.uri.toString()) {
      const again = await ask<Picture>(kind, uriOf(document));
      if (again) {
        draw(again.svg);
      }
    }
  });
  view.onDidDispose(() => saved.dispose());
}

function panel(kind: string, title: string): vscode.WebviewPanel {
  // Nothing of the disk or the net can be read from inside.
  const options = { enableScripts: true, localResourceRoots: [] };
  return vscode.window.createWebviewPanel(kind, title, vscode.ViewColumn.Beside, options);
}

/** A page with a picture, and nothing from anywhere else. */
function pictureHtml(svg: string, kind: 'graph' | 'timeline'): string {
  // A timeline is read as a whole; a graph keeps its size, and is scrolled.
  const size = kind === 'timeline' ? 'max-width: 100%; height: auto' : 'max-width: none';
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body { background: #fff; margin: 0; padding: 1rem; overflow: auto } svg { ${size} }</style>
</head><body>${svg}</body></html>`;
}

async function showReport(): Promise<void> {
  const document = current();
  const report = document && (await ask<{ title: string; html: string }>('report', uriOf(document)));
  if (report) {
    // The page brings its own content policy: no request, and only its own script.
    panel('bicepRaceLint.report', `Races: ${report.title}`).webview.html = report.html;
  }
}

/** Asks which two declarations are meant, and shows why they race or do not. */
async function explain(uri?: string, first?: string): Promise<void> {
  const document = current();
  const of = uri ?? (document && uriOf(document));
  const names = of && (await ask<string[]>('declarations', of));
  if (!of || !names) {
    return;
  }
  const one = first ?? (await vscode.window.showQuickPick(names, { title: 'Which declaration?' }));
  const others = names.filter((name) => name !== one);
  const other = one && (await vscode.window.showQuickPick([...others, one], { title: `\`${one}\` and which other?` }));
  const why = one && other && (await ask<{ message: string; text: string }>('explainPair', of, one, other));
  if (why) {
    const text = await vscode.workspace.openTextDocument({ content: why.text, language: 'plaintext' });
    await vscode.window.showTextDocument(text, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }
}

interface Place {
  uri: string;
  range: { start: vscode.Position; end: vscode.Position };
}

/** Shows the writers of an object, as references are shown. */
async function showWriters(uri: string, at: { line: number; character: number }, places: Place[]): Promise<void> {
  const range = ({ start, end }: Place['range']) => new vscode.Range(start.line, start.character, end.line, end.character);
  const locations = places.map((place) => new vscode.Location(vscode.Uri.parse(place.uri), range(place.range)));
  const position = new vscode.Position(at.line, at.character);
  await vscode.commands.executeCommand('editor.action.showReferences', vscode.Uri.parse(uri), position, locations);
}

/** The address of a file as the server knows it. */
function uriOf(document: vscode.TextDocument): string {
  return client ? client.code2ProtocolConverter.asUri(document.uri) : document.uri.toString();
}
