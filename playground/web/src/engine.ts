// The engine as the page sees it. A worker that fails or does not answer is replaced, and the new one gets the files again.

import type { Answered, Checked, Drawn, Question, Reply, SourceFile } from './protocol.js';

/** Longer than this no answer is waited for, in milliseconds: the largest folder that is taken in needs a tenth of it. */
const PATIENCE = 20_000;

interface Waiting {
  settle: (value: unknown) => void;
  fail: (error: Error) => void;
  timer: number;
}

export class Engine {
  #worker?: Worker;
  #waiting = new Map<number, Waiting>();
  #asked = 0;
  #files: SourceFile[] = [];
  /** How often a worker was replaced. */
  restarts = 0;

  constructor(private readonly address: string, private readonly onRestart: (why: string) => void) {}

  async load(files: SourceFile[]): Promise<Checked> {
    this.#files = files.map((file) => ({ ...file }));
    return (await this.#ask({ ask: 'load', files })) as Checked;
  }

  async change(path: string, text: string): Promise<Checked> {
    const known = this.#files.find((file) => file.path === path);
    if (known) known.text = text;
    else this.#files.push({ path, text });
    // A new worker knows no file yet.
    const question: Question = this.#worker ? { ask: 'change', path, text } : { ask: 'load', files: this.#files };
    return (await this.#ask(question)) as Checked;
  }

  async fixed(): Promise<SourceFile[]> {
    return (await this.#ask({ ask: 'fixed' })) as SourceFile[];
  }

  async draw(root: string): Promise<Drawn | null> {
    return (await this.#ask({ ask: 'draw', root })) as Drawn | null;
  }

  async explain(pasted: string): Promise<Answered[]> {
    return (await this.#ask({ ask: 'explain', pasted })) as Answered[];
  }

  #ask(question: Question): Promise<unknown> {
    const worker = this.#worker ?? this.#start();
    const id = ++this.#asked;
    return new Promise((settle, fail) => {
      const timer = self.setTimeout(() => this.#replace('the engine did not answer'), PATIENCE);
      this.#waiting.set(id, { settle, fail, timer });
      worker.postMessage({ id, question });
    });
  }

  #start(): Worker {
    const worker = new Worker(this.address, { type: 'module' });
    worker.onmessage = (event: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(event.data.id);
      if (!waiting) return;
      this.#waiting.delete(event.data.id);
      clearTimeout(waiting.timer);
      if (event.data.failed === undefined) waiting.settle(event.data.value);
      else this.#replace(event.data.failed, waiting);
    };
    worker.onerror = (event) => this.#replace(event.message || 'the engine could not be started');
    this.#worker = worker;
    return worker;
  }

  #replace(why: string, also?: Waiting): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.restarts += 1;
    const waiting = [...this.#waiting.values(), ...(also ? [also] : [])];
    this.#waiting.clear();
    for (const one of waiting) {
      clearTimeout(one.timer);
      one.fail(new Error(why));
    }
    this.onRestart(why);
  }
}
