// An API with the mistakes of textbooks. Every one is deliberate: it believes its document.
const express = require('express');
const app = express();
app.use(express.json());
app.use(express.urlencoded({ extended: true }));

const users = [
  { id: 1, email: 'admin@shop', password: 'hunter22', passwordHash: '$2b$12$abcdef', isAdmin: true, name: 'ADMIN' },
  { id: 2, email: 'bob@shop', password: 'builder1', passwordHash: '$2b$12$fedcba', isAdmin: false, name: 'BOB' },
];
const orders = { 1: { id: 1, item: 'tea' }, 2: { id: 2, item: 'a secret order' } };
const documents = { alice: 'recipes', bob: 'bank statements' };
const settings = {};

// A collection that honours the operators of MongoDB, wherever they come from.
function fits(value, wanted) {
  if (wanted === null || typeof wanted !== 'object') return value === wanted;
  return Object.entries(wanted).every(([operator, operand]) => {
    if (operator === '$ne') return value !== operand;
    if (operator === '$gt') return value > operand;
    if (operator === '$regex') return new RegExp(operand).test(value);
    return false;
  });
}

function merge(target, source) {
  for (const key in source) {
    if (source[key] !== null && typeof source[key] === 'object') {
      if (!target[key]) target[key] = {};
      merge(target[key], source[key]);
    } else target[key] = source[key];
  }
  return target;
}

app.post('/login', (request, response) => {
  const { email, password } = request.body;
  const user = users.find((one) => fits(one.email, email) && fits(one.password, password));
  if (!user) return response.status(401).json({ error: 'no such user' });
  response.json(user);
});

app.get('/users/:id', (request, response) => {
  const user = users.find((one) => one.id === Number(request.params.id));
  response.json({ ...user, name: user.name.trim() });
});

app.post('/users', (request, response) => {
  const user = Object.assign({ id: users.length + 1, isAdmin: false }, request.body);
  user.name = user.name.toUpperCase();
  users.push(user);
  response.status(201).json(user);
});

app.patch('/settings', (request, response) => {
  response.json(merge(settings, request.body));
});

app.get('/admin', (request, response) => {
  const caller = {};
  if (!caller.isAdmin) return response.status(403).json({ error: 'not for you' });
  response.json({ keys: 'the keys of the shop' });
});

app.get('/export', (request, response) => {
  if (!request.query.owner.includes('alice')) return response.status(403).json({ error: 'not yours' });
  const owner = [].concat(request.query.owner).pop();
  response.json({ owner, content: documents[owner] });
});

const restricted = new Set([2]);
app.post('/orders/lookup', (request, response) => {
  if (restricted.has(request.body.id)) return response.status(403).json({ error: 'not yours' });
  response.json(orders[request.body.id]);
});

app.get('/debug', (request, response) => response.json(process.versions));

app.use((error, request, response, next) => response.status(500).json({ error: error.stack }));

const server = app.listen(Number(process.env.PORT || 0), '127.0.0.1', () =>
  console.log(`listening ${server.address().port}`));
