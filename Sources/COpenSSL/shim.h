/* What Control takes of OpenSSL's libcrypto. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
