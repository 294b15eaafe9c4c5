// Read answers with the Vercel AI SDK; `node.mjs` follows, which does the jobs.
import { readFileSync } from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, generateImage, generateText, streamText } from "ai";

globalThis.AI_SDK_LOG_WARNINGS = false; // an invented model's name is no news
const version = ["ai", "@ai-sdk/openai"]
  .map((name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version)
  .join(" with @ai-sdk/openai ");
const asking = (openai) => ({
  model: openai.responses("gpt-5.5"),
  prompt: "x",
  tools: { image_generation: openai.tools.imageGeneration({}) },
  maxRetries: 0,
});
// A partial picture is a preliminary result of the same call.
const drawn = (results) =>
  new Set(results.filter((one) => one.toolName === "image_generation" && one.output?.result).map((one) => one.toolCallId))
    .size;

const tasks = {
  async response(openai) {
    return { pictures: drawn((await generateText(asking(openai))).toolResults) };
  },
  async response_stream(openai) {
    const failures = [];
    const stream = streamText({ ...asking(openai), onError: ({ error }) => failures.push(error) });
    await stream.consumeStream({ onError: (error) => failures.push(error) });
    if (failures.length) throw failures[0];
    return { pictures: drawn(await stream.toolResults) };
  },
  async images(openai) {
    const { images } = await generateImage({ model: openai.image("gpt-image-2"), prompt: "x", maxRetries: 0 });
    return { pictures: images.length };
  },
  async refusal(openai) {
    try {
      await generateText(asking(openai));
    } catch (error) {
      if (APICallError.isInstance(error)) return { status: error.statusCode, message: error.message };
      throw error;
    }
    return { raised: "nothing was raised" };
  },
};
const clientFor = (url) => createOpenAI({ baseURL: url, apiKey: "replayed" });
