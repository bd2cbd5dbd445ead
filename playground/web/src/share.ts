// Files in an address: compressed in its fragment, which no browser sends to a server.

import type { SourceFile } from './protocol.js';

/** The form of what is in the fragment. Another form has another number; old ones are still read. */
const VERSION = '1';
/** Longer addresses are cut by mail programs and chats, in characters. */
export const LONGEST = 30_000;
/** More than this is not unpacked, in bytes: an address may be made to fill the memory. */
const MOST = 8_000_000;

interface Shared {
  files: [string, string][];
  open?: string;
}

async function through(bytes: Uint8Array, stream: GenericTransformStream, most: number): Promise<Uint8Array> {
  const reader = new Blob([bytes as BlobPart]).stream().pipeThrough(stream as ReadableWritablePair).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) throw new Error(`it holds more than ${most / 1_000_000} MB`);
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

export async function pack(files: SourceFile[], open: string): Promise<string> {
  const shared: Shared = { files: files.map((file) => [file.path, file.text]), open };
  const text = new TextEncoder().encode(JSON.stringify(shared));
  const packed = await through(text, new CompressionStream('deflate-raw'), Infinity);
  const binary = Array.from(packed, (byte) => String.fromCharCode(byte)).join('');
  return `#code=${VERSION}.${btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')}`;
}

/** The files of a fragment; nothing where it holds none. */
export async function unpack(fragment: string): Promise<{ files: SourceFile[]; open: string } | undefined> {
  const found = /^#code=(\d+)\.([\w-]+)$/.exec(fragment);
  if (!found) return undefined;
  if (found[1] !== VERSION) throw new Error('it was made by a newer playground; reload the page');
  const binary = atob(found[2].replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  const text = new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw'), MOST));
  const shared = JSON.parse(text) as Shared;
  if (!Array.isArray(shared.files) || !shared.files.every((file) => file.length === 2 && file.every((part) => typeof part === 'string'))) {
    throw new Error('it holds no files');
  }
  const files = shared.files.map(([path, text]) => ({ path, text }));
  return { files, open: shared.open ?? files[0]?.path ?? '' };
}
