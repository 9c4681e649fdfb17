/// The script of the account pages. It never sees a token: they are in cookies out of its reach.
enum AccountScript {
    static let text = #"""
        "use strict";
        const views = ["sign-in", "factor", "register", "forgot", "reset", "setup", "enrol", "codes", "account"];
        const byId = (id) => document.getElementById(id);
        const state = { challenge: null, token: null, enrolling: null };

        function say(id, text) {
          for (const other of ["message", "error"]) byId(other).hidden = true;
          if (!text) return;
          byId(id).textContent = text;
          byId(id).hidden = false;
        }

        function show(view) {
          for (const name of views) byId(name).hidden = name !== view;
          scrollTo(0, 0);
          document.title = byId(view).querySelector("h1").textContent;
          const first = byId(view).querySelector("input") || byId(view).querySelector("button");
          if (first && view !== "account") first.focus(); else byId("main").focus();
        }

        async function call(method, path, body) {
          const options = { method, credentials: "same-origin", headers: { Accept: "application/json" } };
          if (body !== undefined) {
            options.headers["Content-Type"] = "application/json";
            options.body = JSON.stringify(body);
          }
          const answer = await fetch(path, options);
          const text = await answer.text();
          let content = {};
          try { content = text ? JSON.parse(text) : {}; } catch { content = {}; }
          if (!answer.ok) {
            const wait = answer.headers.get("Retry-After");
            const first = content.errors && content.errors[0];
            const detail = content.message || (first && first.pointer.slice(1) + " " + first.message)
              || content.title || "The server did not answer.";
            const error = new Error(wait ? detail + " Try again in " + wait + " seconds." : detail);
            error.status = answer.status;
            throw error;
          }
          return content;
        }

        // An access token lives for minutes: a refused call is tried again after a refresh.
        async function own(method, path, body) {
          try { return await call(method, path, body); } catch (error) {
            if (error.status !== 401 || path === "/auth/refresh") throw error;
            const isCredential = body && ("password" in body || "current_password" in body || "code" in body);
            if (isCredential) throw error;
          }
          await call("POST", "/auth/refresh");
          return call(method, path, body);
        }

        function date(seconds) { return new Date(seconds * 1000).toLocaleString(); }

        function element(name, text) {
          const made = document.createElement(name);
          made.textContent = text;
          return made;
        }

        function row(list, text, label, action) {
          const item = document.createElement("li");
          item.append(element("span", text));
          if (action) {
            const button = element("button", label);
            button.type = "button";
            button.setAttribute("aria-label", label + ": " + text);
            button.addEventListener("click", () => run(button, action));
            item.append(button);
          }
          list.append(item);
        }

        async function openAccount(message) {
          const me = await own("GET", "/auth/me");
          const profile = byId("profile");
          profile.replaceChildren();
          const facts = [["E-mail", me.email], ["Name", me.name || "–"], ["Roles", me.roles.join(", ") || "–"],
            ["Since", date(me.created)]];
          for (const [name, value] of facts) profile.append(element("dt", name), element("dd", value));
          byId("factor-state").textContent = me.second_factor
            ? "On. " + me.recovery_codes_left + " recovery codes are left." : "Off.";
          byId("begin-factor").hidden = me.second_factor;
          byId("remove-factor").hidden = !me.second_factor;
          const sessions = byId("sessions");
          sessions.replaceChildren();
          for (const session of (await own("GET", "/auth/sessions")).sessions) {
            const text = session.device.slice(0, 60) + " · " + session.address + " · " + date(session.last_seen);
            if (session.current) row(sessions, text + " · this one");
            else row(sessions, text, "End", async () => {
              await own("DELETE", "/auth/sessions/" + encodeURIComponent(session.id));
              await openAccount("The session was ended.");
            });
          }
          const keys = byId("keys");
          keys.replaceChildren();
          for (const key of (await own("GET", "/auth/keys")).keys) {
            row(keys, key.name + " · " + key.permissions.join(" ") + " · until " + date(key.expires), "End",
              async () => {
                await own("DELETE", "/auth/keys/" + encodeURIComponent(key.id));
                await openAccount("The key was ended.");
              });
          }
          show("account");
          say("message", message);
        }

        async function afterSignIn(answer) {
          if (answer.next === "factor-required") {
            state.challenge = answer.challenge;
            show("factor");
          } else if (answer.next === "enrolment-required") {
            state.challenge = answer.challenge;
            beginEnrolment(await call("POST", "/auth/login/enrol", { challenge: answer.challenge }), "challenge");
          } else await openAccount("You are signed in.");
        }

        function beginEnrolment(enrolment, way) {
          state.enrolling = way;
          const picture = new DOMParser().parseFromString(enrolment.qr_svg, "image/svg+xml").documentElement;
          byId("qr").replaceChildren(document.importNode(picture, true));
          byId("secret").textContent = enrolment.secret.replace(/(.{4})/g, "$1 ").trim();
          show("enrol");
        }

        function showCodes(codes) {
          byId("code-list").replaceChildren(...codes.map((code) => element("li", code)));
          show("codes");
        }

        function optional(fields, ...names) {
          const body = Object.assign({}, fields);
          for (const name of names) if (!body[name]) delete body[name];
          return body;
        }

        // Without a change of the address, which would begin anew and forget the message.
        function backToSignIn() {
          history.replaceState(null, "", "/account");
          show("sign-in");
        }

        const actions = {
          signIn: async (f) => afterSignIn(await call("POST", "/auth/login", { ...f, deliver: "cookie" })),
          factor: async (f) => {
            await call("POST", "/auth/login/factor", { challenge: state.challenge, code: f.code, deliver: "cookie" });
            await openAccount("You are signed in.");
          },
          register: async (f) => {
            await call("POST", "/auth/register", optional(f, "name"));
            backToSignIn();
            say("message", "Look into your mailbox: a link there confirms your address.");
          },
          forgot: async (f) => {
            await call("POST", "/auth/password/forgot", f);
            backToSignIn();
            say("message", "If the address has an account, a link is on its way.");
          },
          reset: async (f) => afterSignIn(
            await call("POST", "/auth/password/reset", { token: state.token, ...f, deliver: "cookie" })),
          setUp: async (f) => afterSignIn(
            await call("POST", "/auth/setup", { token: state.token, ...optional(f, "email"), deliver: "cookie" })),
          beginFactor: async (f) => beginEnrolment(await own("POST", "/auth/factors/totp", f), "session"),
          enrolled: async (f) => {
            const answer = state.enrolling === "challenge"
              ? await call("POST", "/auth/login/enrol/confirm",
                { challenge: state.challenge, code: f.code, deliver: "cookie" })
              : await own("POST", "/auth/factors/totp/confirm", f);
            showCodes(answer.recovery_codes);
          },
          removeFactor: async (f) => {
            await own("DELETE", "/auth/factors/totp", f);
            await openAccount("The second factor was removed.");
          },
          changePassword: async (f) => {
            await own("PUT", "/auth/password", optional(f, "code"));
            await openAccount("The password was changed; other sessions were ended.");
          },
          makeKey: async (f) => {
            const body = optional(f, "code");
            body.permissions = f.permissions.split(/\s+/).filter(Boolean);
            const made = await own("POST", "/auth/keys", body);
            await openAccount("The key was made.");
            byId("new-key-text").textContent = made.key;
            byId("new-key").hidden = false;
          },
          deleteAccount: async (f) => {
            await own("DELETE", "/auth/me", optional(f, "code"));
            show("sign-in");
            say("message", "The account was deleted.");
          },
        };

        const clicks = {
          done: () => openAccount("You are signed in."),
          signOut: async () => {
            await own("POST", "/auth/logout");
            show("sign-in");
            say("message", "You are signed out.");
          },
          signOutAll: async () => {
            await own("POST", "/auth/logout-all");
            show("sign-in");
            say("message", "All sessions were ended.");
          },
        };

        async function run(button, action) {
          say("error", "");
          button.disabled = true;
          try { await action(); } catch (error) { say("error", error.message); } finally { button.disabled = false; }
        }

        async function route() {
          const [name, token] = location.hash.slice(1).split("=");
          say("message", "");
          // The secret of a link does not stay in the address or the history.
          if (token) history.replaceState(null, "", "/account");
          state.token = token || state.token;
          if (name === "confirm" || name === "email") {
            show("sign-in");
            try {
              await call("POST", name === "confirm" ? "/auth/confirm" : "/auth/email/confirm", { token });
              say("message", "Your address is confirmed: sign in.");
            } catch (error) { say("error", error.message); }
            return;
          }
          if (["reset", "setup"].includes(name) && token) return show(name);
          if (["register", "forgot"].includes(name)) return show(name);
          if (name === "main") return;
          try { await openAccount(""); } catch { show("sign-in"); }
        }

        for (const form of document.querySelectorAll("form[data-action]")) {
          form.addEventListener("submit", (event) => {
            event.preventDefault();
            const fields = Object.fromEntries(new FormData(form));
            run(form.querySelector("button"), async () => {
              await actions[form.dataset.action](fields);
              form.reset();
            });
          });
        }
        for (const button of document.querySelectorAll("[data-click]")) {
          button.addEventListener("click", () => run(button, clicks[button.dataset.click]));
        }
        addEventListener("hashchange", route);
        route();

        """#
}
