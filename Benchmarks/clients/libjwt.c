/* libjwt (C) at the work of our verifier: `libjwt SECONDS KEYFILE TOKENFILE` prints nanoseconds for each token. */
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static char *content(const char *path, long *count) {
    FILE *file = fopen(path, "rb");
    if (!file) exit(2);
    fseek(file, 0, SEEK_END);
    *count = ftell(file);
    rewind(file);
    char *text = calloc(1, *count + 1);
    if (fread(text, 1, *count, file) != (size_t)*count) exit(2);
    fclose(file);
    return text;
}

static int is(jwt_t *jwt, const char *name, const char *wanted) {
    const char *found = jwt_get_grant(jwt, name);
    return found && strcmp(found, wanted) == 0;
}

/* Signature, algorithm, issuer, audience, expiry: less than Gatehouse, which checks type, age and key id too. */
static int check(const char *token, const char *key, long key_count, jwt_alg_t algorithm) {
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, token, (const unsigned char *)key, key_count)) return 0;
    int good = jwt_get_alg(jwt) == algorithm && is(jwt, "iss", "https://id.example.com")
        && is(jwt, "aud", "api") && jwt_get_grant_int(jwt, "exp") > time(NULL);
    jwt_free(jwt);
    return good;
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    double seconds = atof(arguments[1]), best = 1e18;
    long key_count, token_count;
    char *key = content(arguments[2], &key_count), *token = content(arguments[3], &token_count);
    jwt_alg_t algorithm = jwt_str_alg(arguments[4]);
    for (int slice = 0; slice < 10; slice++) {
        double end = now() + seconds * 1e8;
        do {
            double start = now();
            for (int i = 0; i < 100; i++)
                if (!check(token, key, key_count, algorithm)) return 1;
            double each = (now() - start) / 100;
            if (each < best) best = each;
        } while (now() < end);
    }
    printf("%f\n", best);
}
