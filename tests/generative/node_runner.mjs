// One node process for all rows: a line of JSON in, a line of JSON out.
//   {"nodes": [...], "contexts": [...]}              -> {"values": [[...], ...]}
//   {"call": "problems" | ..., "args": [[...], ...]} -> {"values": [...]}
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const engine = await import(new URL("evaluate.js", folder).href);
const judging = {
  ...(await import(new URL("judging.js", folder).href)),
  known: () => ({ nodes: engine.NODES, fieldTypes: judging.FIELD_TYPES }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  let answer;
  try {
    answer = job.nodes
      ? { values: job.contexts.map((context) => job.nodes.map((node) => engine.writeValue(engine.evaluate(node, context)))) }
      : { values: job.args.map((args) => judging[job.call](...args)) };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
