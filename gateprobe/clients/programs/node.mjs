// Do every job of standard input; what a client throws is said and stops nothing.
for (const { job, task, url } of JSON.parse(readFileSync(0, "utf8"))) {
  let said;
  try {
    said = await tasks[task](clientFor(url));
  } catch (error) {
    said = { raised: `${error?.name ?? "Error"}: ${error?.message ?? error}` };
  }
  console.log(JSON.stringify({ job, version, ...said }));
}
process.exit(0);
