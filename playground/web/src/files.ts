// Files that are dropped or chosen: those that the engine can read, up to a limit that the page shows.

import type { SourceFile } from './protocol.js';

/** So many files are taken in. */
export const MOST_FILES = 1_000;
/** So many bytes are taken in. */
export const MOST_BYTES = 8_000_000;

/** What templates are made of and refer to. */
const READ = /\.(bicep|bicepparam|json|jsonc|ya?ml|txt|toml)$/i;
/** Folders that hold no sources. */
const SKIPPED = /(^|\/)(node_modules|\.git|\.vscode)(\/|$)/;

export interface Taken {
  files: SourceFile[];
  /** What was left out, in words; empty where nothing was. */
  leftOut: string;
}

interface Found {
  path: string;
  file: File;
}

export async function dropped(items: DataTransferItemList): Promise<Taken> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: Found[] = [];
  const state = { more: false };
  for (const entry of entries) await walk(entry, '', found, state);
  // If all files are in one folder, their paths are relative to it.
  const base = entries.length === 1 && entries[0].isDirectory ? `${entries[0].name}/` : '';
  for (const one of found) one.path = one.path.slice(base.length);
  return take(found, state.more);
}

export function chosen(list: FileList): Promise<Taken> {
  const found = [...list].map((file) => ({ path: (file.webkitRelativePath || file.name).replace(/^[^/]+\/(?=.)/, ''), file }));
  return take(found.filter((one) => !SKIPPED.test(one.path)), false);
}

async function walk(entry: FileSystemEntry, above: string, found: Found[], state: { more: boolean }): Promise<void> {
  const path = above + entry.name;
  if (SKIPPED.test(path)) return;
  if (found.length >= 20 * MOST_FILES) {
    state.more = true;
    return;
  }
  if (entry.isFile) {
    const file = await new Promise<File>((settle, fail) => (entry as FileSystemFileEntry).file(settle, fail));
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A browser returns the content of a folder in several parts.
    const piece = await new Promise<FileSystemEntry[]>((settle, fail) => reader.readEntries(settle, fail));
    if (piece.length === 0) return;
    for (const one of piece) await walk(one, `${path}/`, found, state);
  }
}

async function take(found: Found[], more: boolean): Promise<Taken> {
  const readable = found.filter((one) => READ.test(one.path)).sort((a, b) => a.path.localeCompare(b.path));
  const files: SourceFile[] = [];
  let bytes = 0;
  let tooMuch = 0;
  for (const { path, file } of readable) {
    if (files.length >= MOST_FILES || bytes + file.size > MOST_BYTES) {
      tooMuch += 1;
      continue;
    }
    bytes += file.size;
    files.push({ path, text: await file.text() });
  }
  const parts: string[] = [];
  if (tooMuch > 0) parts.push(`${tooMuch} files beyond ${MOST_FILES} files or ${MOST_BYTES / 1_000_000} MB are left out: the command line has no such bound`);
  if (more) parts.push('the folder has more files than are looked at');
  return { files, leftOut: parts.join('; ') };
}
