# Build rules shared by all samples. A sample's Makefile sets NAME and includes this file.
#
#   make          NAME.elf and NAME.hex
#   make check    builds again beside the committed NAME.hex and compares
#   make clean    removes what git does not keep
#
# The hex holds code and data only (no debug information, no paths, no dates), so the same compiler
# gives the same file everywhere. The committed files were built with avr-gcc 5.4.0, avr-libc 2.0.0.

MCU     ?= atxmega128a1
CC       = avr-gcc
OBJCOPY  = avr-objcopy
SIZE     = avr-size

# gcc before version 8 knows -fdebug-prefix-map only
PREFIX_MAP := $(shell $(CC) -E -ffile-prefix-map=a=b -x c /dev/null >/dev/null 2>&1 && echo -ffile-prefix-map || echo -fdebug-prefix-map)

CFLAGS  += -mmcu=$(MCU) -Os -std=gnu11 -Wall -Wextra -Werror -gdwarf-4 $(PREFIX_MAP)=$(CURDIR)=.
LDFLAGS += -Wl,--fatal-warnings
HEXFLAGS = -O ihex -R .eeprom -R .fuse -R .lock -R .signature -R .user_signatures

.PHONY: all check clean
all: $(NAME).hex

$(NAME).elf: $(NAME).c $(wildcard ../*.h) $(MAKEFILE_LIST)
	$(CC) $(CFLAGS) $(LDFLAGS) $(NAME).c -o $@
	$(SIZE) $@

$(NAME).hex: $(NAME).elf
	$(OBJCOPY) $(HEXFLAGS) $< $@
	sed -i 's/\r$$//' $@

check:
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	$(CC) $(CFLAGS) $(LDFLAGS) $(NAME).c -o "$$dir/$(NAME).elf" && \
	$(OBJCOPY) $(HEXFLAGS) "$$dir/$(NAME).elf" "$$dir/$(NAME).hex" && \
	sed -i 's/\r$$//' "$$dir/$(NAME).hex" && \
	cmp "$$dir/$(NAME).hex" $(NAME).hex && echo "$(NAME): same as committed"

clean:
	rm -f *.elf *.o *.map
