/* The statement table. */
#include "store/store.h"

const cepces_statement_row_t cepces_store_statements[SQL_COUNT] = {
#define STATEMENT(name, shape, sql) [SQL_##name] = {#name, shape, sql},
#include "store/statements.def"
#undef STATEMENT
};
