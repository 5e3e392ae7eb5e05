// Events per second through json-rules-engine: text in, the matching rule out.
import { readFileSync } from 'node:fs'
import { Engine } from 'json-rules-engine'

const [rules, events] = JSON.parse(readFileSync(0, 'utf8'))
const seconds = Number(process.argv[2])

const engine = new Engine([], { allowUndefinedFacts: true })
for (const { id, plan, least, countries } of rules) {
  engine.addRule({
    conditions: {
      all: [
        { fact: 'purchase', path: '$.plan', operator: 'equal', value: plan },
        { fact: 'purchase', path: '$.total', operator: 'greaterThanInclusive', value: least },
        { fact: 'country', operator: 'in', value: countries }
      ]
    },
    event: { type: id }
  })
}

async function run(seconds) {
  const begin = process.hrtime.bigint()
  const end = begin + BigInt(Math.round(seconds * 1e9))
  let count = 0
  while (process.hrtime.bigint() < end) {
    for (const text of events) {
      const { events: held } = await engine.run(JSON.parse(text))
      if (held.length !== 1) throw new Error(`${held.length} rules hold for ${text}`)
      count++
    }
  }
  return count / (Number(process.hrtime.bigint() - begin) / 1e9)
}

await run(seconds / 4)
console.log((await run(seconds)).toFixed(0))
