/// The document of the account pages: every view is in it, and the script shows one.
enum AccountPage {
    static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>Account</title>
        <link rel="stylesheet" href="/account/style.css">
        <script src="/account/app.js" defer></script>
        </head>
        <body>
        <a class="skip" href="#main">To the content</a>
        <header><p class="brand">Gatehouse</p></header>
        <main id="main" tabindex="-1">
        <p id="message" role="status" aria-live="polite" hidden></p>
        <p id="error" role="alert" hidden></p>
        <noscript><p>This page needs JavaScript to talk to the server.</p></noscript>

        <section id="sign-in" hidden>
        <h1>Sign in</h1>
        <form data-action="signIn">
        <label for="si-email">E-mail</label>
        <input id="si-email" name="email" type="email" autocomplete="username" required>
        <label for="si-password">Password</label>
        <input id="si-password" name="password" type="password" autocomplete="current-password" required>
        <button>Sign in</button>
        </form>
        <p class="links"><a href="#register">Make an account</a> <a href="#forgot">Forgot your password?</a></p>
        </section>

        <section id="factor" hidden>
        <h1>Second step</h1>
        <form data-action="factor">
        <label for="fa-code">Code from your app, or a recovery code</label>
        <input id="fa-code" name="code" autocomplete="one-time-code" autocapitalize="characters" required>
        <button>Continue</button>
        </form>
        <p class="links"><a href="#sign-in">Begin again</a></p>
        </section>

        <section id="register" hidden>
        <h1>Make an account</h1>
        <form data-action="register">
        <label for="re-name">Name</label>
        <input id="re-name" name="name" autocomplete="name" maxlength="100">
        <label for="re-email">E-mail</label>
        <input id="re-email" name="email" type="email" autocomplete="username" required>
        <label for="re-password">Password</label>
        <input id="re-password" name="password" type="password" autocomplete="new-password"
        minlength="8" maxlength="256" required aria-describedby="re-hint">
        <p id="re-hint" class="hint">At least 8 characters. Several unrelated words are best.</p>
        <button>Make account</button>
        </form>
        <p class="links"><a href="#sign-in">Sign in instead</a></p>
        </section>

        <section id="forgot" hidden>
        <h1>New password</h1>
        <form data-action="forgot">
        <label for="fo-email">E-mail</label>
        <input id="fo-email" name="email" type="email" autocomplete="username" required>
        <button>Send a link</button>
        </form>
        <p class="links"><a href="#sign-in">Back</a></p>
        </section>

        <section id="reset" hidden>
        <h1>Choose a new password</h1>
        <form data-action="reset">
        <label for="rs-password">New password</label>
        <input id="rs-password" name="password" type="password" autocomplete="new-password"
        minlength="8" maxlength="256" required>
        <button>Set password</button>
        </form>
        </section>

        <section id="setup" hidden>
        <h1>Set up your account</h1>
        <form data-action="setUp">
        <label for="su-email">E-mail</label>
        <input id="su-email" name="email" type="email" autocomplete="username" aria-describedby="su-hint">
        <p id="su-hint" class="hint">Leave it empty if an administrator made the account for you.</p>
        <label for="su-password">Password</label>
        <input id="su-password" name="password" type="password" autocomplete="new-password"
        minlength="8" maxlength="256" required>
        <button>Set up</button>
        </form>
        </section>

        <section id="enrol" hidden>
        <h1>Add a second factor</h1>
        <p>Scan the picture with an authenticator app, or type the secret into it. Then enter the code
        that it shows.</p>
        <div id="qr"></div>
        <p>Secret: <code id="secret"></code></p>
        <form data-action="enrolled">
        <label for="en-code">Code</label>
        <input id="en-code" name="code" inputmode="numeric" autocomplete="one-time-code" required>
        <button>Confirm</button>
        </form>
        </section>

        <section id="codes" hidden>
        <h1>Recovery codes</h1>
        <p>Each of these opens your account once if you lose your phone. They are shown now and never
        again: print them or write them down.</p>
        <ul id="code-list" class="codes"></ul>
        <p><button type="button" data-click="done">I have kept them</button></p>
        </section>

        <section id="account" hidden>
        <h1>Your account</h1>
        <dl id="profile"></dl>
        <h2>Second factor</h2>
        <p id="factor-state"></p>
        <form data-action="beginFactor" id="begin-factor">
        <label for="bf-password">Password</label>
        <input id="bf-password" name="password" type="password" autocomplete="current-password" required>
        <button>Add a second factor</button>
        </form>
        <form data-action="removeFactor" id="remove-factor">
        <label for="rf-password">Password</label>
        <input id="rf-password" name="password" type="password" autocomplete="current-password" required>
        <label for="rf-code">Code</label>
        <input id="rf-code" name="code" autocomplete="one-time-code" required>
        <button>Remove it</button>
        </form>
        <h2>Password</h2>
        <form data-action="changePassword">
        <label for="cp-current">Current password</label>
        <input id="cp-current" name="current_password" type="password" autocomplete="current-password" required>
        <label for="cp-new">New password</label>
        <input id="cp-new" name="new_password" type="password" autocomplete="new-password" minlength="8"
        maxlength="256" required>
        <label for="cp-code">Code, if you have a second factor</label>
        <input id="cp-code" name="code" autocomplete="one-time-code">
        <button>Change password</button>
        </form>
        <h2>Sessions</h2>
        <ul id="sessions" class="rows"></ul>
        <p><button type="button" data-click="signOut">Sign out</button>
        <button type="button" data-click="signOutAll" class="quiet">Sign out everywhere</button></p>
        <h2>API keys</h2>
        <ul id="keys" class="rows"></ul>
        <form data-action="makeKey">
        <label for="mk-name">Name</label>
        <input id="mk-name" name="name" maxlength="100" required>
        <label for="mk-permissions">Permissions, with spaces between them</label>
        <input id="mk-permissions" name="permissions" placeholder="notes:read" required>
        <label for="mk-password">Password</label>
        <input id="mk-password" name="password" type="password" autocomplete="current-password" required>
        <label for="mk-code">Code, if you have a second factor</label>
        <input id="mk-code" name="code" autocomplete="one-time-code">
        <button>Make key</button>
        </form>
        <p id="new-key" hidden>New key, shown once: <code id="new-key-text"></code></p>
        <h2>Delete the account</h2>
        <form data-action="deleteAccount">
        <label for="da-password">Password</label>
        <input id="da-password" name="password" type="password" autocomplete="current-password" required>
        <label for="da-code">Code, if you have a second factor</label>
        <input id="da-code" name="code" autocomplete="one-time-code">
        <button class="danger">Delete everything</button>
        </form>
        </section>
        </main>
        </body>
        </html>

        """#
}
