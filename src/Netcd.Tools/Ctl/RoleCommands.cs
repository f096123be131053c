using System.Text;
using Google.Protobuf;
using Netcd.Client;
using Netcd.Client.Auth;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>role</c> and what stands behind it.</summary>
internal sealed class RoleCommands(CtlContext context)
{
    private const string OpenEnd = "\0";

    public Command Create() => new Command("role <subcommand>", "Role related commands")
        .Add(Add(), Delete(), Get(), List(), Grant(), Revoke());

    /// <summary>Names, one a line.</summary>
    public static Answer Of(NameList names, IMessage message) => new()
    {
        Simple = output =>
        {
            foreach (string name in names.Names)
            {
                output.WriteLine(name);
            }
        },
        Fields = output =>
        {
            KeyAnswers.Fields(output, names.Header);
            output.WriteLine($"\"Roles\" :{string.Concat(names.Names.Select(static name => " " + GoText.Quote(name)))}");
        },
        Message = message,
    };

    /// <summary>What a role may do.</summary>
    public static Answer Of(string role, RolePermissions permissions)
    {
        Protocol.V3.AuthRoleGetResponse message = new() { Header = Messages.Of(permissions.Header) };
        message.Perm.AddRange(permissions.Permissions.Select(static permission => new Protocol.V3.Permission
        {
            PermType = (Protocol.V3.Permission.Types.Type)permission.Access,
            Key = ByteString.CopyFrom(permission.Range.Start.Span),
            RangeEnd = ByteString.CopyFrom(permission.Range.End.Span),
        }));
        return new Answer
        {
            Simple = output =>
            {
                output.WriteLine($"Role {role}");
                Write(output, "KV Read:", permissions.Permissions.Where(static permission => permission.Access != Access.Write));
                Write(output, "KV Write:", permissions.Permissions.Where(static permission => permission.Access != Access.Read));
            },
            Fields = output =>
            {
                KeyAnswers.Fields(output, permissions.Header);
                foreach (Permission permission in permissions.Permissions)
                {
                    output.WriteLine($"\"PermType\" :  {permission.Access.ToString().ToUpperInvariant()}");
                    output.WriteLine($"\"Key\" : {ByteText.Quote(permission.Range.Start)}");
                    output.WriteLine($"\"RangeEnd\" : {ByteText.Quote(permission.Range.End)}");
                }
            },
            Message = message,
        };
    }

    private static void Write(TextWriter output, string title, IEnumerable<Permission> permissions)
    {
        output.WriteLine(title);
        foreach (KeyRange range in permissions.Select(static permission => permission.Range))
        {
            string key = Encoding.UTF8.GetString(range.Start.Span), end = Encoding.UTF8.GetString(range.End.Span);
            string shown = range.IsSingle ? key : end == OpenEnd ? $"[{key}, <open ended>" : $"[{key}, {end})";
            bool isPrefix = !range.IsSingle && range == KeyRange.Prefix(range.Start);
            output.WriteLine($"\t{shown}{(isPrefix ? $" (prefix {key})" : "")}");
        }
    }

    private Command Add() => new("add <role name>", "Adds a new role")
    {
        Run = arguments =>
        {
            AccountCommands.Expect(arguments, 1, "role add command requires role name as its argument");
            return context.Run(async client => AccountCommands.Changed(
                await client.Auth.AddRoleAsync(arguments[0]).ConfigureAwait(false), $"Role {arguments[0]} created"));
        },
    };

    private Command Delete() => new("delete <role name>", "Deletes a role")
    {
        Run = arguments =>
        {
            AccountCommands.Expect(arguments, 1, "role delete command requires role name as its argument");
            return context.Run(async client => AccountCommands.Changed(
                await client.Auth.DeleteRoleAsync(arguments[0]).ConfigureAwait(false), $"Role {arguments[0]} deleted"));
        },
    };

    private Command Get() => new("get <role name>", "Gets detailed information of a role")
    {
        Run = arguments =>
        {
            AccountCommands.Expect(arguments, 1, "role get command requires role name as its argument");
            return context.Run(async client =>
                Of(arguments[0], await client.Auth.GetRoleAsync(arguments[0]).ConfigureAwait(false)));
        },
    };

    private Command List() => new("list", "Lists all roles")
    {
        Run = arguments =>
        {
            AccountCommands.Expect(arguments, 0, "role list command requires no arguments");
            return context.Run(async client =>
            {
                NameList roles = await client.Auth.ListRolesAsync().ConfigureAwait(false);
                Protocol.V3.AuthRoleListResponse message = new() { Header = Messages.Of(roles.Header) };
                message.Roles.AddRange(roles.Names);
                return Of(roles, message);
            });
        },
    };

    private Command Grant()
    {
        BooleanFlag prefix = new("prefix", "grant a prefix permission");
        BooleanFlag fromKey = new(
            "from-key", "grant a permission of keys that are greater than or equal to the given key using byte compare");
        return new Command(
            "grant-permission [options] <role name> <permission type> <key> [endkey]", "Grants a key to a role")
        {
            Flags = [prefix, fromKey],
            Run = arguments =>
            {
                if (arguments.Count < 3)
                {
                    throw Bad("role grant command requires role name, permission type, and key [endkey] as its argument");
                }

                Permission permission = new(AccessOf(arguments[1]), RangeOf([.. arguments.Skip(2)], prefix.Value, fromKey.Value));
                return context.Run(async client => AccountCommands.Changed(
                    await client.Auth.GrantPermissionAsync(arguments[0], permission).ConfigureAwait(false),
                    $"Role {arguments[0]} updated"));
            },
        };
    }

    private Command Revoke()
    {
        BooleanFlag prefix = new("prefix", "revoke a prefix permission");
        BooleanFlag fromKey = new(
            "from-key", "revoke a permission of keys that are greater than or equal to the given key using byte compare");
        return new Command("revoke-permission <role name> <key> [endkey]", "Revokes a key from a role")
        {
            Flags = [prefix, fromKey],
            Run = arguments =>
            {
                if (arguments.Count < 2)
                {
                    throw Bad("role revoke-permission command requires role name and key [endkey] as its argument");
                }

                KeyRange range = RangeOf([.. arguments.Skip(1)], prefix.Value, fromKey.Value);
                string end = Encoding.UTF8.GetString(range.End.Span);
                string what = range.IsSingle ? $"key {arguments[1]}"
                    : end == OpenEnd ? $"range [{arguments[1]}, <open ended>"
                    : $"range [{arguments[1]}, {end})";
                return context.Run(async client => AccountCommands.Changed(
                    await client.Auth.RevokePermissionAsync(arguments[0], range).ConfigureAwait(false),
                    $"Permission of {what} is revoked from role {arguments[0]}"));
            },
        };
    }

    private static Access AccessOf(string text) => text.ToUpperInvariant() switch
    {
        "READ" => Access.Read,
        "WRITE" => Access.Write,
        "READWRITE" => Access.ReadWrite,
        _ => throw Bad($"invalid permission type: {text}"),
    };

    private static KeyRange RangeOf(IReadOnlyList<string> arguments, bool prefix, bool fromKey)
    {
        if (prefix && fromKey && arguments.Count == 1)
        {
            throw Bad("--from-key and --prefix flags are mutually exclusive");
        }

        if (arguments.Count > 1 && (prefix || fromKey))
        {
            throw Bad($"unexpected endkey argument with {(prefix ? "--prefix" : "--from-key")} flag");
        }

        string key = arguments[0].Length == 0 ? OpenEnd : arguments[0];
        return prefix ? KeyRange.Prefix(arguments[0])
            : fromKey ? KeyRange.From(key)
            : arguments.Count > 1 && arguments[1].Length > 0 ? KeyRange.Between(key, arguments[1])
            : KeyRange.Key(key);
    }

    private static CommandFailure Bad(string message) => new(ExitCodes.BadArguments, message);
}
