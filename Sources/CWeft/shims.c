#include "CWeft.h"
