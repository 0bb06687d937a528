; Assembler without start-up code: labels without types and sizes, local labels, a boot section
; above 64 KiB, and an EEPROM section. What the symbol look-up and the HEX address records need.
        .section .text
        .global reset
reset:                          ; 0x00, global, no size
        ldi     r16, 0x5A
local_loop:                     ; 0x02, local
        dec     r16
        brne    local_loop
        rjmp    helper

        .type   helper, @function
helper:                         ; 0x08, a local function with a size
        nop
.Linside:
inside:                         ; 0x0A, a local label inside it
        ret
        .size   helper, . - helper

after:                          ; 0x0C, a local label that no function covers
        nop
        rjmp    after

        .section .boot, "ax", @progbits
        .global boot_entry
        .type   boot_entry, @function
boot_entry:                     ; 0x20000
        jmp     reset
        .size   boot_entry, . - boot_entry

        .section .eeprom, "a", @progbits
        .global settings
        .type   settings, @object
settings:                       ; EEPROM 0x000
        .byte   0xC0, 0xFF, 0xEE
        .size   settings, . - settings
