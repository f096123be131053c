using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Netcd.Server.Configuration;

/// <summary>
/// Writes lines of the log to journald: the line as its message, with the priority that its level stands for, and its fields as
/// <c>NETCD_…</c>, by which <c>journalctl</c> finds it. A line that the journal does not take goes to another place.
/// </summary>
/// <remarks>Source: the native protocol of journald (systemd.io/JOURNAL_NATIVE_PROTOCOL). Not for several threads at once.</remarks>
internal sealed class JournalWriter : TextWriter
{
    /// <summary>Where journald listens.</summary>
    public const string SocketPath = "/run/systemd/journal/socket";

    private const string FieldPrefix = "NETCD_";

    /// <summary>journald takes no longer name of a field.</summary>
    private const int MaxName = 64;

    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly UnixDomainSocketEndPoint journal;
    private readonly string identifier;
    private readonly LogFormat format;
    private readonly TextWriter otherwise;

    /// <summary>A writer to a journal.</summary>
    /// <param name="path">Its socket.</param>
    /// <param name="identifier">Whose lines these are.</param>
    /// <param name="format">What they look like.</param>
    /// <param name="otherwise">Takes the lines that the journal does not take.</param>
    public JournalWriter(string path, string identifier, LogFormat format, TextWriter otherwise)
    {
        journal = new UnixDomainSocketEndPoint(path);
        this.identifier = identifier;
        this.format = format;
        this.otherwise = otherwise;
    }

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => otherwise.Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        string line = value ?? "";
        try
        {
            socket.SendTo(Datagram(line), journal);
        }
        catch (SocketException)
        {
            // Nobody listens, or the line is too long for a datagram.
            otherwise.WriteLine(line);
        }
    }

    /// <inheritdoc/>
    public override void Flush() => otherwise.Flush();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private byte[] Datagram(string line)
    {
        using MemoryStream datagram = new();
        Add(datagram, "SYSLOG_IDENTIFIER", identifier);
        Add(datagram, "MESSAGE", line);
        if (format == LogFormat.Console)
        {
            Add(datagram, "PRIORITY", PriorityOf(line.Split('\t', 3) is [_, var level, ..] ? level : ""));
            return datagram.ToArray();
        }

        using JsonDocument document = JsonDocument.Parse(line);
        foreach (JsonProperty field in document.RootElement.EnumerateObject())
        {
            string text = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : field.Value.GetRawText();
            if (field.Name == "level")
            {
                Add(datagram, "PRIORITY", PriorityOf(text));
            }
            else if (field.Name is not ("ts" or "msg") && NameOf(field.Name) is { Length: <= MaxName } name)
            {
                Add(datagram, name, text);
            }
        }

        return datagram.ToArray();
    }

    /// <summary>The priority of syslog, as etcd has it.</summary>
    private static string PriorityOf(string level) => level switch
    {
        "debug" => "7",
        "info" => "6",
        "warn" => "4",
        "error" => "3",
        _ => "2",
    };

    /// <summary>Capital letters, digits and underscores: what a field of the journal may be called.</summary>
    private static string NameOf(string field) =>
        FieldPrefix + string.Concat(field.Select(static one => char.IsAsciiLetterOrDigit(one) ? char.ToUpperInvariant(one) : '_'));

    /// <summary>A value of several lines has its length before it.</summary>
    private static void Add(MemoryStream datagram, string name, string text)
    {
        byte[] value = Encoding.UTF8.GetBytes(text);
        datagram.Write(Encoding.ASCII.GetBytes(name));
        if (value.AsSpan().Contains((byte)'\n'))
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)value.Length);
            datagram.WriteByte((byte)'\n');
            datagram.Write(length);
        }
        else
        {
            datagram.WriteByte((byte)'=');
        }

        datagram.Write(value);
        datagram.WriteByte((byte)'\n');
    }
}
