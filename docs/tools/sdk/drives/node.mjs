// The client for Node: one function for each capability, as in python.py. Prints the result of each as a line of JSON.
import OpenAI, { toFile } from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';

const [baseURL, apiKey, square] = process.argv.slice(-3);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const TEXT = 'gpt-5.5', IMAGE = 'gpt-image-2.6-sunburst';
const TOOL = { type: 'image_generation', quality: 'low' };
const NOTE = { type: 'function', name: 'note', parameters: { type: 'object' }, strict: false };
const ENDS = ['response.completed', 'response.incomplete'];

const ask = (input, options = {}) => client.responses.create({ model: TEXT, input, ...options });
const blue = (picture) => [
  { role: 'user', content: [{ type: 'input_text', text: 'Make it blue' }, { type: 'input_image', ...picture }] },
];
const draw = (options) => client.images.generate({ model: IMAGE, prompt: 'A red square', ...options });
const bytes = () => Buffer.from(square, 'base64');
const file = (name) => toFile(bytes(), name, { type: 'image/png' });
const said = (event) => event.response.output.at(-1).content[0].text;
const expect = (value, what) => { if (!value) throw new Error(what); };
const all = async (stream) => { const events = []; for await (const event of stream) events.push(event); return events; };
const refused = async (param, promise) => {
  const error = await promise.then(() => null, (reason) => reason);
  expect(error && error.param === param, `${param} is refused: ${error}`);
};

const talk = (messages, ends, steer = '') => new Promise((resolve, reject) => {
  const socket = new ResponsesWS(client), events = [];
  socket.on('error', reject);
  socket.on('event', (event) => {
    events.push(event);
    if (steer && event.type === 'response.created' && events.length === 1)
      socket.send({ type: 'response.steer', previous_response_id: event.response.id, input: steer });
    if (events.filter(({ type }) => ENDS.includes(type)).length === ends) { socket.close(); resolve(events); }
  });
  for (const message of messages) socket.send({ type: 'response.create', model: TEXT, ...message });
});

const drives = {
  async gif() {
    const made = await draw({ quality: 'low', output_format: 'gif', frame_count: 3, frame_duration_ms: 120 });
    expect(Buffer.from(made.data[0].b64_json, 'base64').subarray(0, 4).toString() === 'GIF8', 'a GIF');
  },
  async svg() {
    const made = await draw({ output_format: 'svg', svg: { model: TEXT } });
    expect(Buffer.from(made.data[0].b64_json, 'base64').toString().includes('<svg'), 'an SVG');
  },
  async complexity() {
    expect((await draw({ quality: 'low', complexity: 'low' })).data.length === 1, 'a picture');
    await refused('complexity', draw({ complexity: 'extreme' }));
  },
  async markup() {
    const layers = { image: await file('a.png'), mask: await file('m.png'), markup: await file('l.png') };
    await refused('markup', client.images.edit({ model: IMAGE, prompt: 'Blue', ...layers }));
  },
  async edit_by_file_id() {
    const { id } = await client.files.create({ file: await file('a.png'), purpose: 'vision' });
    const body = { model: IMAGE, prompt: 'Make it blue', quality: 'low', images: [{ file_id: id }] };
    expect((await client.post('/images/edits', { body })).data[0].b64_json, 'a picture');
  },
  async background() {
    let response = await ask('Reply with OK', { background: true });
    expect(response.status === 'queued', 'queued');
    while (['queued', 'in_progress'].includes(response.status)) response = await client.responses.retrieve(response.id);
    expect(response.status === 'completed', 'completed');
    const other = await ask('Count to 400.', { background: true });
    expect((await client.responses.cancel(other.id)).status === 'cancelled', 'cancelled');
  },
  async background_resume() {
    const seen = [];
    for await (const event of await ask('Count to 40.', { background: true, stream: true })) {
      seen.push(event);
      if (seen.length === 5) break;
    }
    const after = seen.at(-1).sequence_number;
    const rest = await all(await client.responses.retrieve(seen[0].response.id, { stream: true, starting_after: after }));
    expect([...seen, ...rest].every((event, at) => event.sequence_number === at), 'every event once');
  },
  async background_plain_stream() {
    const { id } = await ask('Reply with OK');
    const error = await client.responses.retrieve(id, { stream: true }).then(all).then(() => null, (reason) => reason);
    expect(error && error.status === 404, `a response in the foreground: ${error}`);
  },
  async obfuscation() {
    const events = await all(await ask('Count to 20.', { stream: true, stream_options: { include_obfuscation: false } }));
    expect(!events.some((event) => 'obfuscation' in event), 'no obfuscation');
  },
  async tool_choice_required() {
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'image_generation' }] };
    for (const tool_choice of ['required', allowed]) {
      const { output } = await ask('Reply with OK', { tools: [TOOL], tool_choice });
      expect(output.some(({ type }) => type === 'image_generation_call'), 'a picture');
    }
  },
  async function_beside_tool() {
    const tools = [NOTE, TOOL], first = { role: 'user', content: 'Note red.' };
    const { output } = await ask([first], { tools, tool_choice: { type: 'function', name: 'note' } });
    const call = output.find(({ type }) => type === 'function_call');
    const result = { type: 'function_call_output', call_id: call.call_id, output: 'noted' };
    const answer = await ask([first, call, result, { role: 'user', content: 'Reply with OK' }], { tools, tool_choice: 'none' });
    expect(answer.output_text === 'OK', 'OK');
  },
  async encrypted_reasoning() {
    const options = { store: false, include: ['reasoning.encrypted_content'], reasoning: { effort: 'low' } };
    const { output } = await ask('Reply with OK', options);
    expect(output[0].encrypted_content, 'encrypted reasoning');
    expect((await ask([...output, { role: 'user', content: 'Reply with OK' }], options)).output_text, 'text');
  },
  async conversation() {
    const { id } = await client.conversations.create({});
    await ask('Remember the word kumquat.', { conversation: id });
    expect((await ask('Which word was it?', { conversation: id })).output_text === 'kumquat', 'the word');
    expect((await client.conversations.delete(id)).deleted, 'deleted');
  },
  async max_tool_calls() {
    const prompt = 'Draw 2 different pictures: 1) a red circle 2) a blue square';
    const { output } = await ask(prompt, { tools: [TOOL], max_tool_calls: 1 });
    expect(output.filter(({ type }) => type === 'image_generation_call').length === 1, 'one call');
  },
  async fields_repeated() {
    const fields = { prompt_cache_key: 'key', safety_identifier: 'someone', max_tool_calls: 2 };
    const response = await ask('Reply with OK', fields);
    expect(Object.entries(fields).every(([name, value]) => response[name] === value), 'the fields come back');
  },
  async fields_accepted() {
    const response = await ask('Reply with OK', {
      context_management: [{ type: 'compaction', compact_threshold: 100000 }],
      image: { context_compression: 'auto' },
      prompt_cache_options: { mode: 'explicit', ttl: '12h' },
      text: { verbosity: 'low' },
    });
    expect(response.output_text === 'OK' && response.prompt_cache_options.ttl === '12h', 'OK and the lifetime of the cache');
  },
  async service_tier() {
    for (const [tier, served] of [['auto', 'default'], ['fast', 'priority'], ['flex', 'flex']])
      expect((await ask('Reply with OK', { service_tier: tier })).service_tier === served, `${tier} is ${served}`);
  },
  async moderation() {
    const asked = { model: 'omni-moderation-latest', policy: { input: { mode: 'score' } } };
    const { moderation } = await ask('Reply with OK', { moderation: asked });
    expect([moderation.input, moderation.output].every(({ type }) => type === 'moderation_result'), 'two results');
  },
  async input_fidelity() {
    const tool = { ...TOOL, model: 'gpt-image-1.5', input_fidelity: 'high' };
    const { output } = await ask(blue({ image_url: `data:image/png;base64,${square}` }), { tools: [tool] });
    expect(output.some(({ type }) => type === 'image_generation_call'), 'a picture');
  },
  async input_file_id() {
    const { id } = await client.files.create({ file: await file('a.png'), purpose: 'vision' });
    const { output } = await ask(blue({ file_id: id }), { tools: [TOOL] });
    expect(output.some(({ type }) => type === 'image_generation_call'), 'a picture');
  },
  async models_end() {
    const today = new Date().toISOString().slice(0, 10), models = (await client.models.list()).data;
    expect(models.length && models.every(({ shutdown_date: end }) => !end || end > today), 'no model that has ended');
  },
  async large_message() {
    const input = [{ role: 'developer', content: 'a'.repeat(17 << 20) }, { role: 'user', content: 'Reply with OK' }];
    const events = await talk([{ input }], 1);
    expect(said(events.at(-1)) === 'OK', 'OK');
  },
  async input_items() {
    const { data } = await client.responses.inputItems.list((await ask('Reply with OK')).id);
    expect(data.length === 1, 'one item');
  },
  async websocket_lanes() {
    const events = await talk([{ input: 'Count to 30.', stream_id: 'a' }, { input: 'Count to 40.', stream_id: 'b' }], 2);
    const ends = Object.fromEntries(events.filter(({ type }) => ENDS.includes(type)).map((end) => [end.stream_id, said(end)]));
    expect(ends.a.endsWith('30') && ends.b.endsWith('40'), 'each lane has its own answer');
  },
  async websocket_warm_up() {
    const events = await talk([{ input: 'Remember the word kumquat.', generate: false }], 1);
    expect(events.at(-1).response.output.length === 0, 'no output');
  },
  async websocket_steer() {
    const events = await talk([{ input: 'Count to 400.' }], 2, 'Reply with the single word: mango.');
    expect(events.some(({ type }) => type === 'response.steer.accepted') && said(events.at(-1)) === 'mango', 'steered');
  },
};

for (const [name, drive] of Object.entries(drives)) {
  const problem = await drive().then(() => '', (error) => String(error));
  console.log(JSON.stringify({ name, problem }));
}
process.exit(0);
