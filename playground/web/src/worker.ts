// The engine in its own thread, so that the page still reacts if a text keeps the engine busy or makes it fail.

import init, { Engine } from '../build/engine.js';
import type { Question, Reply } from './protocol.js';

const engine: Promise<Engine> = init({ module_or_path: new URL('engine.wasm', self.location.href) }).then(() => new Engine());

function answer(engine: Engine, question: Question): unknown {
  switch (question.ask) {
    case 'load': {
      const wrong = engine.load(JSON.stringify(question.files));
      if (wrong !== '') throw new Error(wrong);
      return JSON.parse(engine.check());
    }
    case 'change':
      engine.change(question.path, question.text);
      return JSON.parse(engine.check());
    case 'fixed':
      return JSON.parse(engine.fixed());
    case 'draw':
      return JSON.parse(engine.draw(question.root));
    case 'explain':
      return JSON.parse(engine.explain(question.pasted));
  }
}

self.onmessage = async (event: MessageEvent<{ id: number; question: Question }>) => {
  const reply: Reply = { id: event.data.id };
  try {
    reply.value = answer(await engine, event.data.question);
  } catch (error) {
    reply.failed = String(error);
  }
  self.postMessage(reply);
};
