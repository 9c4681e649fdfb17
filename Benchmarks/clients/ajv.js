// ajv at the work of our validator: `ajv.js SECONDS FILE` prints nanoseconds for each document.
const fs = require("fs");
const Ajv = require("ajv");

const [schema, text] = fs.readFileSync(process.argv[3], "utf8").trim().split("\n");
const check = new Ajv().compile(JSON.parse(schema));
const slice = Number(process.argv[2]) * 1e8;
let best = Infinity;
for (let index = 0; index < 10; index += 1) {
    const end = process.hrtime.bigint() + BigInt(Math.round(slice));
    do {
        const rounds = text.length > 100000 ? 2 : 1000;
        const start = process.hrtime.bigint();
        for (let round = 0; round < rounds; round += 1) {
            if (!check(JSON.parse(text))) process.exit(1);
        }
        best = Math.min(best, Number(process.hrtime.bigint() - start) / rounds);
    } while (process.hrtime.bigint() < end);
}
console.log(best);
