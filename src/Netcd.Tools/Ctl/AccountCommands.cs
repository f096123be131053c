using Netcd.Client;
using Netcd.Client.Auth;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>auth</c> and <c>user</c>; <c>role</c> is in <see cref="RoleCommands"/>.</summary>
internal sealed class AccountCommands(CtlContext context)
{
    public Command[] Create() =>
    [
        new Command("auth <enable or disable>", "Enable or disable authentication").Add(Enable(), Disable(), Status()),
        new Command("user <subcommand>", "User related commands")
            .Add(Add(), Delete(), Get(), List(), Password(), GrantRole(), RevokeRole()),
        new RoleCommands(context).Create(),
    ];

    /// <summary>What a change answers: a line for people, a header else.</summary>
    public static Answer Changed(EtcdHeader header, string line) => new()
    {
        Simple = output => output.WriteLine(line),
        Fields = output => KeyAnswers.Fields(output, header),
        Message = Messages.HeaderOf(header),
    };

    /// <summary>Checks how many arguments there are.</summary>
    /// <exception cref="CommandFailure">Too few or too many.</exception>
    public static void Expect(IReadOnlyList<string> arguments, int count, string message)
    {
        if (arguments.Count != count)
        {
            throw new CommandFailure(ExitCodes.BadArguments, message);
        }
    }

    private Command Enable() => new("enable", "Enables authentication")
    {
        Run = arguments =>
        {
            Expect(arguments, 0, "auth enable command does not accept any arguments");
            return context.Run(async client =>
            {
                await EnableAsync(client.Auth).ConfigureAwait(false);
                context.Output.WriteLine("Authentication Enabled");
                return ExitCodes.Success;
            });
        },
    };

    /// <summary>Where the user root lacks the role root, both are put right first.</summary>
    private static async Task EnableAsync(IAuth auth)
    {
        try
        {
            await auth.EnableAsync().ConfigureAwait(false);
        }
        catch (EtcdException failure) when (failure.Message == "etcdserver: root user does not have root role")
        {
            await auth.AddRoleAsync("root").ConfigureAwait(false);
            await auth.GrantRoleAsync("root", "root").ConfigureAwait(false);
            await auth.EnableAsync().ConfigureAwait(false);
        }
    }

    private Command Disable() => new("disable", "Disables authentication")
    {
        Run = arguments =>
        {
            Expect(arguments, 0, "auth disable command does not accept any arguments");
            return context.Run(async client =>
            {
                await client.Auth.DisableAsync().ConfigureAwait(false);
                context.Output.WriteLine("Authentication Disabled");
                return ExitCodes.Success;
            });
        },
    };

    private Command Status() => new("status", "Returns authentication status")
    {
        Run = arguments =>
        {
            Expect(arguments, 0, "auth status command does not accept any arguments");
            return context.Run(async client =>
            {
                AuthStatus status = await client.Auth.StatusAsync().ConfigureAwait(false);
                return new Answer
                {
                    Simple = output =>
                    {
                        output.WriteLine($"Authentication Status: {(status.IsEnabled ? "true" : "false")}");
                        output.WriteLine($"AuthRevision: {status.Revision}");
                    },
                    Message = new Protocol.V3.AuthStatusResponse
                    {
                        Header = Messages.Of(status.Header),
                        Enabled = status.IsEnabled,
                        AuthRevision = status.Revision,
                    },
                };
            });
        },
    };

    private Command Add()
    {
        BooleanFlag interactive = new("interactive", "Read password from stdin instead of interactive terminal", true);
        TextFlag given = new("new-user-password", "Supply password from the command line flag");
        BooleanFlag none = new("no-password", "Create a user without password (CN based auth only)");
        return new Command("add <user name or user:password> [options]", "Adds a new user")
        {
            Flags = [interactive, given, none],
            Run = arguments =>
            {
                Expect(arguments, 1, "user add command requires user name as its argument");
                (string user, string? password) = none.Value ? (arguments[0], null)
                    : given.Value.Length > 0 ? (arguments[0], given.Value)
                    : NameAndPassword(arguments[0], interactive.Value);
                return context.Run(async client => Changed(
                    await client.Auth.AddUserAsync(user, password).ConfigureAwait(false), $"User {user} created"));
            },
        };
    }

    private (string User, string Password) NameAndPassword(string argument, bool isInteractive)
    {
        int colon = argument.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (argument, NewPassword(argument, isInteractive))
            : colon == 0 ? throw new CommandFailure(ExitCodes.BadArguments, "empty user name is not allowed")
            : (argument[..colon], argument[(colon + 1)..]);
    }

    /// <summary>From the input, or asked for twice.</summary>
    private string NewPassword(string user, bool isInteractive)
    {
        if (!isInteractive)
        {
            return context.Input.ReadLine()?.Split(' ')[0] ?? "";
        }

        string password = context.AskPassword($"Password of {user}: ");
        if (password.Length == 0)
        {
            throw new CommandFailure(ExitCodes.BadArguments, "empty password");
        }

        return context.AskPassword($"Type password of {user} again for confirmation: ") == password
            ? password
            : throw new CommandFailure(ExitCodes.BadArguments, "given passwords are different");
    }

    private Command Delete() => new("delete <user name>", "Deletes a user")
    {
        Run = arguments =>
        {
            Expect(arguments, 1, "user delete command requires user name as its argument");
            return context.Run(async client => Changed(
                await client.Auth.DeleteUserAsync(arguments[0]).ConfigureAwait(false), $"User {arguments[0]} deleted"));
        },
    };

    private Command Get()
    {
        BooleanFlag detail = new("detail", "Show permissions of roles granted to the user");
        return new Command("get <user name> [options]", "Gets detailed information of a user")
        {
            Flags = [detail],
            Run = arguments =>
            {
                Expect(arguments, 1, "user get command requires user name as its argument");
                return context.Run(client => detail.Value
                    ? DetailAsync(client.Auth, arguments[0])
                    : RolesAsync(client.Auth, arguments[0]));
            },
        };
    }

    private async Task<int> RolesAsync(IAuth auth, string user)
    {
        NameList roles = await auth.GetUserAsync(user).ConfigureAwait(false);
        Protocol.V3.AuthUserGetResponse message = new() { Header = Messages.Of(roles.Header) };
        message.Roles.AddRange(roles.Names);
        new Answer
        {
            Simple = output => output.WriteLine(
                $"User: {user}\nRoles:{string.Concat(roles.Names.Select(static role => " " + role))}"),
            Message = message,
        }.Write(context.Format, context.Output);
        return ExitCodes.Success;
    }

    private async Task<int> DetailAsync(IAuth auth, string user)
    {
        NameList roles = await auth.GetUserAsync(user).ConfigureAwait(false);
        context.Output.WriteLine($"User: {user}");
        foreach (string role in roles.Names)
        {
            context.Output.WriteLine();
            RoleCommands.Of(role, await auth.GetRoleAsync(role).ConfigureAwait(false)).Write(context.Format, context.Output);
        }

        return ExitCodes.Success;
    }

    private Command List() => new("list", "Lists all users")
    {
        Run = arguments =>
        {
            Expect(arguments, 0, "user list command requires no arguments");
            return context.Run(async client =>
            {
                NameList users = await client.Auth.ListUsersAsync().ConfigureAwait(false);
                Protocol.V3.AuthUserListResponse message = new() { Header = Messages.Of(users.Header) };
                message.Users.AddRange(users.Names);
                return RoleCommands.Of(users, message) with { Fields = null };
            });
        },
    };

    private Command Password()
    {
        BooleanFlag interactive = new("interactive", "If true, read password from stdin instead of interactive terminal", true);
        return new Command("passwd <user name> [options]", "Changes password of user")
        {
            Flags = [interactive],
            Run = arguments =>
            {
                Expect(arguments, 1, "user passwd command requires user name as its argument");
                string password = NewPassword(arguments[0], interactive.Value);
                return context.Run(async client => Changed(
                    await client.Auth.ChangePasswordAsync(arguments[0], password).ConfigureAwait(false), "Password updated"));
            },
        };
    }

    private Command GrantRole() => new("grant-role <user name> <role name>", "Grants a role to a user")
    {
        Run = arguments =>
        {
            Expect(arguments, 2, "user grant command requires user name and role name as its argument");
            return context.Run(async client => Changed(
                await client.Auth.GrantRoleAsync(arguments[0], arguments[1]).ConfigureAwait(false),
                $"Role {arguments[1]} is granted to user {arguments[0]}"));
        },
    };

    private Command RevokeRole() => new("revoke-role <user name> <role name>", "Revokes a role from a user")
    {
        Run = arguments =>
        {
            Expect(arguments, 2, "user revoke-role requires user name and role name as its argument");
            return context.Run(async client => Changed(
                await client.Auth.RevokeRoleAsync(arguments[0], arguments[1]).ConfigureAwait(false),
                $"Role {arguments[1]} is revoked from user {arguments[0]}"));
        },
    };
}
