using System.Globalization;

namespace Netcd.Server.Gateway;

/// <summary>
/// Finds the end of the first JSON value and checks its syntax. The messages are those of Go's encoding/json, as they
/// come back to etcd's users. What follows the value is not looked at, as etcd's gateway does not. It does not recurse:
/// nesting costs a bit a level, and is bounded.
/// </summary>
internal ref struct JsonScanner
{
    /// <summary>Go's bound on nesting.</summary>
    private const int MaxDepth = 10_000;

    /// <summary>The text ends within the value.</summary>
    internal const string UnexpectedEnd = "unexpected EOF";

    private readonly ReadOnlySpan<byte> text;
    private readonly List<bool> isObject;
    private int next;
    private string? error;

    private JsonScanner(ReadOnlySpan<byte> text)
    {
        this.text = text;
        isObject = [];
    }

    /// <summary>Finds the first value.</summary>
    /// <param name="text">What was sent.</param>
    /// <param name="value">The value's bytes; empty where there are only spaces.</param>
    /// <returns>What is wrong with the syntax, or null.</returns>
    public static string? FindValue(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> value)
    {
        JsonScanner scanner = new(text);
        scanner.SkipSpaces();
        int start = scanner.next;
        if (start < text.Length)
        {
            scanner.ScanValue();
        }

        value = text[start..Math.Min(scanner.next, text.Length)];
        return scanner.error;
    }

    private void ScanValue()
    {
        bool isValueDue = true;
        while (error is null)
        {
            SkipSpaces();
            if (next >= text.Length)
            {
                error = UnexpectedEnd;
                return;
            }

            if (isValueDue)
            {
                isValueDue = !BeginValue();
            }

            // A value has ended: so may what holds it, and what holds that.
            while (error is null && !isValueDue)
            {
                if (isObject.Count == 0)
                {
                    return;
                }

                isValueDue = !EndElement();
            }
        }
    }

    /// <summary>Reads a simple value, or the opening of an array or object up to its first value.</summary>
    /// <returns>Whether a whole value was read.</returns>
    private bool BeginValue()
    {
        byte first = text[next];
        switch (first)
        {
            case (byte)'{':
                return Open(inObject: true);
            case (byte)'[':
                return Open(inObject: false);
            case (byte)'"':
                ScanString();
                return true;
            case (byte)'t':
                ScanLiteral("true");
                return true;
            case (byte)'f':
                ScanLiteral("false");
                return true;
            case (byte)'n':
                ScanLiteral("null");
                return true;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                ScanNumber();
                return true;
            default:
                Fail("looking for beginning of value");
                return true;
        }
    }

    private bool Open(bool inObject)
    {
        if (isObject.Count >= MaxDepth)
        {
            Fail("exceeded max depth");
            return true;
        }

        isObject.Add(inObject);
        next++;
        SkipSpaces();
        byte close = inObject ? (byte)'}' : (byte)']';
        if (next < text.Length && text[next] == close)
        {
            next++;
            isObject.RemoveAt(isObject.Count - 1);
            return true;
        }

        if (inObject)
        {
            ScanKey();
        }

        return false;
    }

    /// <summary>After a value: a comma and the next, or the close.</summary>
    /// <returns>Whether the array or object has ended.</returns>
    private bool EndElement()
    {
        bool inObject = isObject[^1];
        SkipSpaces();
        if (next >= text.Length)
        {
            error = UnexpectedEnd;
            return true;
        }

        if (text[next] == ',')
        {
            next++;
            if (inObject)
            {
                SkipSpaces();
                ScanKey();
            }

            return false;
        }

        if (text[next] == (inObject ? '}' : ']'))
        {
            next++;
            isObject.RemoveAt(isObject.Count - 1);
            return true;
        }

        Fail(inObject ? "after object key:value pair" : "after array element");
        return true;
    }

    private void ScanKey()
    {
        if (!Expect((byte)'"', "looking for beginning of object key string"))
        {
            return;
        }

        next--;
        ScanString();
        if (error is null)
        {
            SkipSpaces();
            Expect((byte)':', "after object key");
        }
    }

    private void ScanString()
    {
        next++;
        while (next < text.Length)
        {
            byte c = text[next];
            if (c == '"')
            {
                next++;
                return;
            }

            if (c < ' ')
            {
                Fail("in string literal");
                return;
            }

            next++;
            if (c == '\\' && !ScanEscape())
            {
                return;
            }
        }

        error = UnexpectedEnd;
    }

    private bool ScanEscape()
    {
        if (next >= text.Length)
        {
            error = UnexpectedEnd;
            return false;
        }

        if (!"bfnrtu\\/\""u8.Contains(text[next]))
        {
            Fail("in string escape code");
            return false;
        }

        int digits = text[next++] == 'u' ? 4 : 0;
        for (; digits > 0; digits--, next++)
        {
            if (next >= text.Length)
            {
                error = UnexpectedEnd;
                return false;
            }

            if (!char.IsAsciiHexDigit((char)text[next]))
            {
                Fail("in \\u hexadecimal character escape");
                return false;
            }
        }

        return true;
    }

    private void ScanLiteral(string literal)
    {
        for (int index = 0; index < literal.Length && error is null; index++)
        {
            if (!Expect((byte)literal[index], $"in literal {literal} (expecting '{literal[index]}')"))
            {
                return;
            }
        }
    }

    private void ScanNumber()
    {
        if (text[next] == '-')
        {
            next++;
        }

        if (next < text.Length && text[next] == '0')
        {
            next++;
        }
        else if (!ScanDigits("in numeric literal"))
        {
            return;
        }

        if (next < text.Length && text[next] == '.')
        {
            next++;
            if (!ScanDigits("after decimal point in numeric literal"))
            {
                return;
            }
        }

        if (next < text.Length && text[next] is (byte)'e' or (byte)'E')
        {
            next++;
            if (next < text.Length && text[next] is (byte)'+' or (byte)'-')
            {
                next++;
            }

            ScanDigits("in exponent of numeric literal");
        }
    }

    /// <summary>At least one digit.</summary>
    private bool ScanDigits(string place)
    {
        int start = next;
        while (next < text.Length && char.IsAsciiDigit((char)text[next]))
        {
            next++;
        }

        if (next == start)
        {
            Fail(place);
        }

        return error is null;
    }

    private bool Expect(byte expected, string place)
    {
        if (next < text.Length && text[next] == expected)
        {
            next++;
            return true;
        }

        Fail(place);
        return false;
    }

    private void SkipSpaces()
    {
        while (next < text.Length && text[next] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            next++;
        }
    }

    private void Fail(string place) =>
        error = next >= text.Length ? UnexpectedEnd : $"invalid character {Quote(text[next])} {place}";

    /// <summary>A byte as Go quotes it, taken for a character of Latin-1.</summary>
    private static string Quote(byte c) => c switch
    {
        (byte)'\'' => @"'\''",
        (byte)'\\' => @"'\\'",
        (byte)'\a' => @"'\a'",
        (byte)'\b' => @"'\b'",
        (byte)'\f' => @"'\f'",
        (byte)'\n' => @"'\n'",
        (byte)'\r' => @"'\r'",
        (byte)'\t' => @"'\t'",
        (byte)'\v' => @"'\v'",
        < 0x20 or 0x7F => string.Create(CultureInfo.InvariantCulture, $"'\\x{c:x2}'"),
        >= 0x80 and <= 0xA0 or 0xAD => string.Create(CultureInfo.InvariantCulture, $"'\\u{(int)c:x4}'"),
        _ => $"'{(char)c}'",
    };
}
