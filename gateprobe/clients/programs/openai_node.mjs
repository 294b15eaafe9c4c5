// Read answers with OpenAI's Node client; `node.mjs` follows, which does the jobs.
import { readFileSync } from "node:fs";
import OpenAI, { APIError } from "openai";

const version = JSON.parse(readFileSync("node_modules/openai/package.json", "utf8")).version;
const drawn = (items) => items.filter((item) => item.type === "image_generation_call" && item.result).length;

const tasks = {
  async models(client) {
    return { pictures: 0, models: (await client.models.list()).data.length };
  },
  async response(client) {
    const answer = await client.responses.create({ model: "m", input: "x" });
    return { pictures: drawn(answer.output), text: answer.output_text.length };
  },
  async response_stream(client) {
    const done = [];
    for await (const event of await client.responses.create({ model: "m", input: "x", stream: true })) {
      if (event.type === "response.output_item.done") done.push(event.item);
    }
    await client.responses.stream({ model: "m", input: "x" }).finalResponse();
    return { pictures: drawn(done) };
  },
  async images(client) {
    const { data = [] } = await client.images.generate({ model: "m", prompt: "x" });
    return { pictures: data.filter((picture) => picture.b64_json || picture.url).length };
  },
  async images_stream(client) {
    let pictures = 0;
    for await (const event of await client.images.generate({ model: "m", prompt: "x", stream: true })) {
      if (event.type.endsWith(".completed") && event.b64_json) pictures += 1;
    }
    return { pictures };
  },
  async refusal(client) {
    try {
      await client.responses.create({ model: "m", input: "x" });
    } catch (error) {
      if (error instanceof APIError && error.status) return { status: error.status, message: error.message };
      throw error;
    }
    return { raised: "nothing was raised" };
  },
};
const clientFor = (url) => new OpenAI({ baseURL: url, apiKey: "replayed", maxRetries: 0, timeout: 20_000 });
