#pragma once
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// What Swift cannot import: macros with arguments or casts, and variadic functions.

// MARK: SSL_CTX

static inline int gh_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline int gh_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

static inline int gh_SSL_CTX_set_groups(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_groups_list(context, list);
}

static inline void gh_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_mode(context, mode);
}

static inline void gh_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

// The option bits are macros with casts.
static inline void gh_SSL_CTX_set_strict_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
}

static inline void gh_SSL_CTX_set_servername(
    SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument
) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

static inline int gh_SSL_CTX_set_app_data(SSL_CTX *context, void *data) {
    return SSL_CTX_set_app_data(context, data);
}

static inline void *gh_SSL_CTX_get_app_data(const SSL_CTX *context) {
    return SSL_CTX_get_app_data(context);
}

// An OSSL_PARAM keeps the pointer to its name, which a Swift string does not outlive.
static inline int gh_EVP_MAC_CTX_set_hmac_sha256(
    EVP_MAC_CTX *mac, const unsigned char *key, size_t length
) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key, length),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters);
}

// MARK: SSL

static inline int gh_SSL_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

// SSL_OP_NO_RENEGOTIATION is a macro with a cast. For tests: our own sessions never renegotiate.
static inline void gh_SSL_allow_renegotiation(SSL *ssl) {
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
}

// MARK: BIO

static inline void gh_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void gh_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void gh_BIO_set_retry_write(BIO *bio) { BIO_set_retry_write(bio); }

// MARK: X.509

static inline STACK_OF(X509) *gh_sk_X509_new(void) { return sk_X509_new_null(); }
static inline int gh_sk_X509_push(STACK_OF(X509) *stack, X509 *item) {
    return sk_X509_push(stack, item);
}
static inline void gh_sk_X509_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

static inline int gh_sk_GENERAL_NAME_num(const GENERAL_NAMES *names) {
    return sk_GENERAL_NAME_num(names);
}
static inline GENERAL_NAME *gh_sk_GENERAL_NAME_value(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

// RFC 2253 text; control characters and non-ASCII bytes come out escaped.
static inline int gh_X509_NAME_print(BIO *out, const X509_NAME *name) {
    return X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253);
}

static inline EVP_PKEY *gh_EVP_EC_gen(const char *curve) { return EVP_EC_gen(curve); }

static inline long gh_BIO_get_mem_data(BIO *bio, char **data) {
    return BIO_get_mem_data(bio, data);
}

static inline void gh_X509V3_set_ctx(X509V3_CTX *context, X509 *issuer, X509 *subject) {
    X509V3_set_ctx(context, issuer, subject, NULL, NULL, 0);
    X509V3_set_ctx_nodb(context);
}
