/* The folder of CA keys: what is read, and everything that is not (rules K1, K2, K5). */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/encode.h"
#include "ca_fixture.h"
#include "support/suite.h"

#define PASSPHRASE "correct horse"

static char folder[64];

static void
make_folder(void)
{
    strcpy(folder, "/tmp/cepces-keyring-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
remove_folder(void)
{
    ck_assert_int_eq(system(apr_psprintf(test_pool, "rm -rf %s", folder)), 0);
}

static const char *
in_folder(const char *name)
{
    return apr_pstrcat(test_pool, folder, "/", name, NULL);
}

static void
write_text(const char *name, const char *text, mode_t mode)
{
    FILE *f = fopen(in_folder(name), "w");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    ck_assert_int_eq(chmod(in_folder(name), mode), 0);
}

static void
write_key(const char *name, EVP_PKEY *key, const char *passphrase)
{
    ck_assert_int_eq(cepces_ca_write_key(in_folder(name), key, passphrase, test_pool, &test_error),
                     CEPCES_OK);
}

static cepces_bytes_t
spki_sha256(EVP_PKEY *key)
{
    cepces_bytes_t spki;

    ck_assert_int_eq(cepces_ca_key_spki(&spki, key, test_pool, &test_error), CEPCES_OK);
    return cepces_sha256(spki, test_pool);
}

static cepces_status_t
load(cepces_keyring_t **ring, const char *passphrase_file)
{
    return cepces_keyring_load(ring, folder,
                               passphrase_file == NULL ? NULL : in_folder(passphrase_file),
                               test_pool, &test_error);
}

/* --- What is read ----------------------------------------------------------------------------- */

START_TEST(keys_are_found_by_the_digest_of_their_public_half)
{
    EVP_PKEY *keys[] = {fixture_key(FIXTURE_P256, test_pool), fixture_key(FIXTURE_P384, test_pool),
                        fixture_key(FIXTURE_RSA3072, test_pool)};
    cepces_keyring_t *ring;

    write_key("a-0.pem", keys[0], NULL);
    write_key("b-0.key", keys[1], NULL);
    write_key("c-0.pem", keys[2], PASSPHRASE);
    write_text("passphrase", PASSPHRASE "\n", 0600);
    write_text("README.txt", "not a key", 0644);
    ck_assert_int_eq(load(&ring, "passphrase"), CEPCES_OK);
    ck_assert_uint_eq(cepces_keyring_count(ring), 3);
    for (size_t i = 0; i < LENGTH_OF(keys); i++) {
        EVP_PKEY *found = cepces_keyring_find(ring, spki_sha256(keys[i]));

        ck_assert_ptr_nonnull(found);
        ck_assert_int_eq(EVP_PKEY_eq(found, keys[i]), 1);
    }
    ck_assert_ptr_null(
        cepces_keyring_find(ring, spki_sha256(fixture_key(FIXTURE_P256, test_pool))));
    ck_assert_ptr_null(cepces_keyring_find(ring, CEPCES_NO_BYTES));
}
END_TEST

START_TEST(an_empty_folder_has_no_keys)
{
    cepces_keyring_t *ring;

    ck_assert_int_eq(load(&ring, NULL), CEPCES_OK);
    ck_assert_uint_eq(cepces_keyring_count(ring), 0);
}
END_TEST

START_TEST(a_link_to_the_folder_is_followed_to_the_real_place)
{
    cepces_keyring_t *ring;
    const char *link = in_folder("link");

    ck_assert_int_eq(mkdir(in_folder("real"), 0700), 0);
    ck_assert_int_eq(symlink(in_folder("real"), link), 0);
    write_key("real/k.pem", fixture_key(FIXTURE_P256, test_pool), NULL);
    ck_assert_int_eq(cepces_keyring_load(&ring, link, NULL, test_pool, &test_error), CEPCES_OK);
    ck_assert_uint_eq(cepces_keyring_count(ring), 1);
}
END_TEST

static int warned;

static void
note_warning(void *payload, cepces_log_level_t level, int number, const char *text)
{
    warned += number == 101 && level == CEPCES_LOG_WARNING && strstr(text, "2048") != NULL;
}

START_TEST(a_key_of_2048_bits_is_read_with_a_warning)
{
    cepces_keyring_t *ring;

    cepces_log_set_sink(note_warning, NULL);
    write_key("a.pem", fixture_key(FIXTURE_RSA3072, test_pool), NULL);
    ck_assert_int_eq(load(&ring, NULL), CEPCES_OK);
    ck_assert_int_eq(warned, 0);
    write_key("b.pem", fixture_key(FIXTURE_RSA2048, test_pool), NULL);
    ck_assert_int_eq(load(&ring, NULL), CEPCES_OK);
    ck_assert_int_eq(warned, 1);
    cepces_log_set_sink(NULL, NULL);
}
END_TEST

/* --- What is refused -------------------------------------------------------------------------- */

static void
chmod_key(mode_t mode)
{
    write_key("k.pem", fixture_key(FIXTURE_P256, test_pool), NULL);
    ck_assert_int_eq(chmod(in_folder("k.pem"), mode), 0);
}

static void
group_may_read(void)
{
    chmod_key(0640);
}

static void
all_may_read(void)
{
    chmod_key(0604);
}

static void
group_may_write(void)
{
    chmod_key(0620);
}

static void
a_link(void)
{
    write_key("k.sec", fixture_key(FIXTURE_P256, test_pool), NULL);
    ck_assert_int_eq(symlink(in_folder("k.sec"), in_folder("k.pem")), 0);
}

static void
a_fifo(void)
{
    ck_assert_int_eq(mkfifo(in_folder("k.pem"), 0600), 0);
}

static void
a_folder(void)
{
    ck_assert_int_eq(mkdir(in_folder("k.pem"), 0700), 0);
}

static void
too_large(void)
{
    char *text = (char *)apr_pcalloc(test_pool, 65 * 1024 + 1);

    memset(text, 'a', 65 * 1024);
    write_text("k.pem", text, 0600);
}

static void
folder_of_the_group(void)
{
    ck_assert_int_eq(chmod(folder, 0770), 0);
}

static void
folder_of_all(void)
{
    ck_assert_int_eq(chmod(folder, 0707), 0);
}

static void
an_empty_file(void)
{
    write_text("k.pem", "", 0600);
}

static void
no_pem(void)
{
    write_text("k.key", "0\x82\x01 secret", 0600);
}

static void
a_certificate(void)
{
    fixture_ca_t *ca = fixture_root(test_pool);

    write_text("k.pem", cepces_pem("CERTIFICATE", ca->generation.certificate, test_pool), 0600);
}

static void
a_broken_key(void)
{
    write_text("k.pem",
               cepces_pem("PRIVATE KEY", cepces_bytes("\x30\x03\x02\x01\x00", 5), test_pool), 0600);
}

static void
encrypted(void)
{
    write_key("k.pem", fixture_key(FIXTURE_P256, test_pool), PASSPHRASE);
}

static void
weak(void)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);

    write_key("k.pem", key, NULL);
    EVP_PKEY_free(key);
}

static void
other_curve(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-521");

    write_key("k.pem", key, NULL);
    EVP_PKEY_free(key);
}

static const struct {
    void (*spoil)(void);
    const char *rule, *says;
} refused[] = {
    {group_may_read, "K1", "k.pem: others have access"},
    {all_may_read, "K1", "k.pem: others have access"},
    {group_may_write, "K1", "k.pem: others have access"},
    {a_link, "K1", "k.pem: a symbolic link"},
    {a_fifo, "K1", "k.pem: not a regular file"},
    {a_folder, "K1", "k.pem: not a regular file"},
    {too_large, "K1", "k.pem: larger than 64 KiB"},
    {folder_of_the_group, "K1", "others may write to this folder"},
    {folder_of_all, "K1", "others may write to this folder"},
    {an_empty_file, NULL, "k.pem: not a PEM file"},
    {no_pem, NULL, "k.key: not a PEM file"},
    {a_certificate, "K2", "k.pem: holds no PKCS#8 private key"},
    {a_broken_key, NULL, "k.pem: the private key cannot be read"},
    {encrypted, "K2", "k.pem: the key is encrypted"},
    {weak, "K5", "with 1024 bits is not accepted"},
    {other_curve, "K5", "with 521 bits is not accepted"},
};

START_TEST(unfit_files_stop_the_start_and_are_named)
{
    cepces_keyring_t *ring = NULL;
    const char *line;

    refused[_i].spoil();
    ck_assert_int_eq(load(&ring, NULL), CEPCES_E_INVALID);
    ck_assert_ptr_null(ring);
    line = cepces_error_line(&test_error, test_pool);
    ck_assert_msg(strstr(line, refused[_i].says) != NULL, "%s", line);
    ck_assert_ptr_nonnull(strstr(line, folder));
    if (refused[_i].rule != NULL) {
        ck_assert_str_eq(test_error.rule, refused[_i].rule);
    }
}
END_TEST

START_TEST(a_parent_that_others_may_write_is_refused_unless_sticky)
{
    cepces_keyring_t *ring;
    const char *keys = in_folder("open/keys");

    ck_assert_int_eq(mkdir(in_folder("open"), 0700), 0);
    ck_assert_int_eq(mkdir(keys, 0700), 0);
    write_key("open/keys/k.pem", fixture_key(FIXTURE_P256, test_pool), NULL);
    ck_assert_int_eq(chmod(in_folder("open"), 0777), 0);
    ck_assert_int_eq(cepces_keyring_load(&ring, keys, NULL, test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_ptr_nonnull(
        strstr(cepces_error_line(&test_error, test_pool), "/open: others may write"));
    ck_assert_int_eq(chmod(in_folder("open"), 01777), 0);
    ck_assert_int_eq(cepces_keyring_load(&ring, keys, NULL, test_pool, &test_error), CEPCES_OK);
}
END_TEST

START_TEST(a_file_of_another_user_is_refused)
{
    cepces_keyring_t *ring;

    write_key("k.pem", fixture_key(FIXTURE_P256, test_pool), NULL);
    if (chown(in_folder("k.pem"), 54321, (gid_t)-1) == 0) { /* root alone can give files away */
        ck_assert_int_eq(load(&ring, NULL), CEPCES_E_INVALID);
        ck_assert_ptr_nonnull(
            strstr(cepces_error_line(&test_error, test_pool), "owned neither by root"));
    } else {
        ck_assert_int_eq(load(&ring, NULL), CEPCES_OK);
    }
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_named)
{
    cepces_keyring_t *ring;

    ck_assert_int_eq(cepces_keyring_load(&ring, "/nonexistent/keys", NULL, test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_ptr_nonnull(strstr(cepces_error_line(&test_error, test_pool), "/nonexistent/keys"));
}
END_TEST

static const struct {
    const char *text;
    mode_t mode;
    bool accepted;
    const char *says;
} passphrases[] = {
    {PASSPHRASE, 0600, true, NULL},
    {PASSPHRASE "\r\n", 0400, true, NULL},
    {PASSPHRASE "\nsecond line\n", 0600, true, NULL},
    {PASSPHRASE, 0644, false, "others have access"},
    {PASSPHRASE " \n", 0600, false, "cannot be read"},
    {"wrong\n", 0600, false, "k.pem: the private key cannot be read"},
    {"", 0600, false, "passphrase"},
    {"\n", 0600, false, "passphrase"},
};

START_TEST(an_encrypted_key_opens_with_its_passphrase_only)
{
    cepces_keyring_t *ring = NULL;

    encrypted();
    write_text("passphrase", passphrases[_i].text, passphrases[_i].mode);
    if (passphrases[_i].accepted) {
        ck_assert_int_eq(load(&ring, "passphrase"), CEPCES_OK);
        ck_assert_uint_eq(cepces_keyring_count(ring), 1);
    } else {
        const char *line;

        ck_assert_int_eq(load(&ring, "passphrase"), CEPCES_E_INVALID);
        line = cepces_error_line(&test_error, test_pool);
        ck_assert_msg(strstr(line, passphrases[_i].says) != NULL, "%s", line);
        ck_assert_ptr_null(strstr(line, "horse"));
    }
}
END_TEST

/* --- Writing keys ----------------------------------------------------------------------------- */

START_TEST(a_key_file_is_private_and_never_overwritten)
{
    struct stat st;
    mode_t mask = umask(0);

    write_key("k.pem", fixture_key(FIXTURE_P256, test_pool), NULL);
    umask(mask);
    ck_assert_int_eq(stat(in_folder("k.pem"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(cepces_ca_write_key(in_folder("k.pem"), fixture_key(FIXTURE_P256, test_pool),
                                         NULL, test_pool, &test_error),
                     CEPCES_E_EXISTS);
    ck_assert_int_eq(cepces_ca_write_key(in_folder("no/k.pem"),
                                         fixture_key(FIXTURE_P256, test_pool), NULL, test_pool,
                                         &test_error),
                     CEPCES_E_INVALID);
}
END_TEST

START_TEST(an_encrypted_key_has_aes_256_and_600000_rounds)
{
    FILE *f;
    X509_SIG *sealed;
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *type;
    const void *value;
    PBE2PARAM *pbe;
    PBKDF2PARAM *kdf;
    int parameter_type;

    encrypted();
    f = fopen(in_folder("k.pem"), "r");
    sealed = PEM_read_PKCS8(f, NULL, NULL, NULL);
    fclose(f);
    ck_assert_ptr_nonnull(sealed);
    X509_SIG_get0(sealed, &algorithm, NULL);
    X509_ALGOR_get0(&type, &parameter_type, &value, algorithm);
    ck_assert_int_eq(OBJ_obj2nid(type), NID_pbes2);
    pbe = (PBE2PARAM *)ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    ck_assert_int_eq(OBJ_obj2nid(pbe->encryption->algorithm), NID_aes_256_cbc);
    ck_assert_int_eq(OBJ_obj2nid(pbe->keyfunc->algorithm), NID_id_pbkdf2);
    kdf = (PBKDF2PARAM *)ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
                                                   pbe->keyfunc->parameter);
    ck_assert_int_eq(ASN1_INTEGER_get(kdf->iter), 600000);
    ck_assert_int_eq(OBJ_obj2nid(kdf->prf->algorithm), NID_hmacWithSHA256);
    PBKDF2PARAM_free(kdf);
    PBE2PARAM_free(pbe);
    X509_SIG_free(sealed);
}
END_TEST

START_TEST(rsa_keys_of_odd_sizes_are_not_made)
{
    EVP_PKEY *key = NULL;

    ck_assert_int_eq(cepces_ca_generate_key(&key, CEPCES_CA_KEY_RSA, 1024, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_int_eq(cepces_ca_generate_key(&key, CEPCES_CA_KEY_RSA, 16384, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_ptr_null(key);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("ca_keyring");

    tcase_add_checked_fixture(tc, make_folder, remove_folder);
    tcase_add_test(tc, keys_are_found_by_the_digest_of_their_public_half);
    tcase_add_test(tc, an_empty_folder_has_no_keys);
    tcase_add_test(tc, a_link_to_the_folder_is_followed_to_the_real_place);
    tcase_add_test(tc, a_key_of_2048_bits_is_read_with_a_warning);
    tcase_add_loop_test(tc, unfit_files_stop_the_start_and_are_named, 0, LENGTH_OF(refused));
    tcase_add_test(tc, a_parent_that_others_may_write_is_refused_unless_sticky);
    tcase_add_test(tc, a_file_of_another_user_is_refused);
    tcase_add_test(tc, a_folder_that_is_not_there_is_named);
    tcase_add_loop_test(tc, an_encrypted_key_opens_with_its_passphrase_only, 0,
                        LENGTH_OF(passphrases));
    tcase_add_test(tc, a_key_file_is_private_and_never_overwritten);
    tcase_add_test(tc, an_encrypted_key_has_aes_256_and_600000_rounds);
    tcase_add_test(tc, rsa_keys_of_odd_sizes_are_not_made);
    return test_run(tc);
}
